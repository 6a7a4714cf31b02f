"""`cockpit completion` in a real bash."""

import subprocess
from pathlib import Path

from tests.cli.shell import Capsys, run
from tests.programs import need


def test_bash_completes_verbs_and_options(tmp_path: Path, capsys: Capsys) -> None:
    code, script, _ = run(capsys, "completion", "bash")
    assert code == 0
    (tmp_path / "complete").write_text(script)
    template = 'source complete; COMP_WORDS=({0}); COMP_CWORD={1}; _shtab_cockpit; printf "%s\\n" "${{COMPREPLY[@]}}"'

    def complete(*words: str) -> list[str]:
        line = template.format(" ".join(words), len(words) - 1)
        return subprocess.run(
            [need("bash"), "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.split()

    assert complete("cockpit", "rollb") == ["rollback"]
    assert "--dry-run" in complete("cockpit", "rollback", "--d")
    assert complete("cockpit", "completion", "z") == ["zsh"]
