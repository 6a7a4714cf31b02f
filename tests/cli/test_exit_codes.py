"""What the exit codes mean."""

import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.cli.exit_codes import DONE, FAILED, INTERRUPTED, REFUSED, USAGE
from cockpit.cli.verbs import status
from tests.cli.shell import CONFIG, Capsys, run
from tests.git_origin import GitOrigin


def test_a_verb_that_succeeds_exits_with_0(company: GitOrigin, capsys: Capsys) -> None:
    assert run(capsys, "status")[0] == DONE == 0


def test_a_refusal_exits_with_1_and_its_reason_on_stderr(company: GitOrigin, capsys: Capsys) -> None:
    assert run(capsys, "advance") == (REFUSED, "", "refused: no release is open: start one\n")
    assert REFUSED == 1


def test_an_invalid_config_exits_with_2_and_lists_its_errors(company: GitOrigin, capsys: Capsys) -> None:
    Path("config.toml").write_text(CONFIG + "[gate]\nceilling = 1\n")
    code, _, err = run(capsys, "status")
    assert code == USAGE == 2
    assert "gate.ceilling" in err
    assert "did you mean ceiling?" in err


def test_an_outside_system_that_fails_exits_with_3(company: GitOrigin, capsys: Capsys) -> None:
    Path("config.toml").write_text(CONFIG.replace("origin.git", "gone.git"))
    code, _, err = run(capsys, "pulls")
    assert code == FAILED == 3
    assert "gone.git" in err


@pytest.mark.parametrize(("error", "code"), [(RuntimeError("a bug"), FAILED), (KeyboardInterrupt(), INTERRUPTED)])
def test_errors_in_a_verb_have_their_exit_code(
    company: GitOrigin, capsys: Capsys, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(status, "run", fail)
    assert run(capsys, "status")[0] == code


def test_a_reader_that_closes_the_pipe_is_no_error(company: GitOrigin) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cockpit", "status"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(30) == DONE
    process.stderr.close()
