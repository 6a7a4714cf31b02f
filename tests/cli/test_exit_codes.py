"""What the exit codes mean."""

from pathlib import Path

import pytest

from cockpit.cli.exit_codes import DONE, FAILED, INTERRUPTED, REFUSED, USAGE
from cockpit.cli.verbs import status
from tests.cli.shell import CONFIG, Capsys, run
from tests.repositories import Town


def test_a_verb_that_succeeds_exits_with_0(company: Town, capsys: Capsys) -> None:
    assert run(capsys, "status")[0] == DONE == 0


def test_a_refusal_exits_with_1_and_its_reason_on_stderr(company: Town, capsys: Capsys) -> None:
    assert run(capsys, "advance") == (REFUSED, "", "refused: no release is open: start one\n")
    assert REFUSED == 1


def test_an_invalid_config_exits_with_2_and_lists_its_errors(company: Town, capsys: Capsys) -> None:
    Path("config.toml").write_text(CONFIG + "[gate]\nceilling = 1\n")
    code, _, err = run(capsys, "status")
    assert code == USAGE == 2
    assert "gate.ceilling" in err
    assert "did you mean ceiling?" in err


def test_an_outside_system_that_fails_exits_with_3(company: Town, capsys: Capsys) -> None:
    Path("config.toml").write_text(CONFIG.replace("origin.git", "gone.git"))
    code, _, err = run(capsys, "pulls")
    assert code == FAILED == 3
    assert "gone.git" in err


@pytest.mark.parametrize(
    ("error", "code"), [(RuntimeError("a bug"), FAILED), (KeyboardInterrupt(), INTERRUPTED), (BrokenPipeError(), DONE)]
)
def test_errors_in_a_verb_have_their_exit_code(
    company: Town, capsys: Capsys, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(status, "run", fail)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    assert run(capsys, "status")[0] == code
