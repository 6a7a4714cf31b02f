"""The man page, and completion, say what the command line is."""

import subprocess
from pathlib import Path

import pytest

from cockpit.cli import main
from tests.manual import PAGE, manual
from tests.programs import need


def test_the_man_page_is_of_this_command_line() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual(), "run `make manual`"


def test_bash_completes_verbs_and_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    (tmp_path / "complete").write_text(capsys.readouterr().out)
    ask = 'source complete; COMP_WORDS=({0}); COMP_CWORD={1}; _shtab_cockpit; printf "%s\\n" "${{COMPREPLY[@]}}"'

    def completed(*words: str) -> list[str]:
        line = ask.format(" ".join(words), len(words) - 1)
        return subprocess.run(
            [need("bash"), "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.split()

    assert completed("cockpit", "rollb") == ["rollback"]
    assert "--dry-run" in completed("cockpit", "rollback", "--d")
    assert completed("cockpit", "completion", "z") == ["zsh"]
