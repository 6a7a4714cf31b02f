"""Two agents never use one folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.agent.folder_lock import folder_lock
from cockpit.ports import Failed


def test_a_second_agent_is_refused_with_the_process_of_the_first(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from cockpit.agent.folder_lock import folder_lock\n"
        "with folder_lock(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout
    assert other.stdout.readline() == "in\n"
    with pytest.raises(Failed, match=rf"process {other.pid}\) uses"), folder_lock(tmp_path):
        pass
    other.kill()
    other.communicate()
    with folder_lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match="cannot use its folder"), folder_lock(tmp_path / "file/host"):
        pass


def test_a_missing_folder_is_created_with_its_parents(tmp_path: Path) -> None:
    with folder_lock(tmp_path / "var/lib/host"):
        assert (tmp_path / "var/lib/host/agent.lock").exists()
