"""A process that uses a folder is found by its working folder, an open file or a mapping."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.agent.open_files import process_using

SCRIPTS = {
    "working folder": "import os; os.chdir(FOLDER)",
    "open file": "file = open(FOLDER + '/file')",
    "mapping": "import mmap; f = open(FOLDER + '/file', 'r+b'); m = mmap.mmap(f.fileno(), 0); f.close()",
}


@pytest.fixture(params=SCRIPTS)
def user(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """The id of a process that uses the folder `slot`."""
    (tmp_path / "slot").mkdir()
    (tmp_path / "slot/file").write_text("content")
    script = f"import sys; FOLDER = sys.argv[1]; {SCRIPTS[request.param]}; print(flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "slot")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.communicate()


def test_a_process_is_named_with_its_command(user: int, tmp_path: Path) -> None:
    assert process_using(tmp_path / "slot").startswith(f"process {user} (")
    (tmp_path / "link").symlink_to("slot")
    assert process_using(tmp_path / "link").startswith(f"process {user} (")


def test_a_folder_with_a_similar_name_is_free(user: int, tmp_path: Path) -> None:
    (tmp_path / "slo").mkdir()
    assert process_using(tmp_path / "slo") == ""


def test_the_agent_itself_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (tmp_path / "file").open():
        assert process_using(tmp_path) == ""


def test_an_unreadable_process_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "proc/999999").mkdir(parents=True)
    (tmp_path / "proc/self").mkdir()
    assert process_using(tmp_path, tmp_path / "proc") == ""
    assert process_using(tmp_path, tmp_path / "missing") == ""
    os.symlink(tmp_path, tmp_path / "proc/999999/cwd")
    assert process_using(tmp_path, tmp_path / "proc") == "process 999999 (just ended)"
