"""A real program edits the files of a conflict; if it fails, no edits are lost."""

import shlex
import sys
from pathlib import Path

import pytest

from cockpit.adapters.editor import Editor
from cockpit.deploy.pulls.conflicts import FileConflict
from cockpit.ports import Failed

POEM = FileConflict("a b/poem.txt", "main", b"one\n<<<<<<< main\ntwo\n=======\n2\n>>>>>>> without #7\n")
GONE = FileConflict("--gone.py", "main", b"2\n")


def editor(tmp_path: Path, script: str) -> Editor:
    """An editor that runs this Python on the names it was given, as `files`."""
    program = tmp_path / "ed it.py"
    program.write_text(f"import sys, pathlib\nfiles = [pathlib.Path(name) for name in sys.argv[1:]]\n{script}\n")
    return Editor(tmp_path / "resolving", {"EDITOR": f"{shlex.quote(sys.executable)} {shlex.quote(str(program))}"})


def test_the_edited_files_are_returned(tmp_path: Path) -> None:
    assert editor(tmp_path, "files[0].write_text('one\\nboth\\n')")([POEM]) == {"a b/poem.txt": b"one\nboth\n"}


def test_remaining_markers_are_refused_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"conflict markers are left in a b/poem\.txt:2"):
        editor(tmp_path, "")([POEM])


def test_a_failing_editor_loses_no_edits(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="ended with exit code 3; your edits are kept in"):
        editor(tmp_path, "files[0].write_text('half')\nsys.exit(3)")([POEM])
    again = editor(tmp_path, "files[0].write_text(files[0].read_text() + ' done')")
    assert again([POEM]) == {"a b/poem.txt": b"half done"}


def test_a_file_without_markers_needs_a_decision(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"does not say keep or remove for --gone\.py"):
        editor(tmp_path, "")([GONE])
    remove = "files[0].write_text(files[0].read_text().replace('? ', 'remove '))"
    assert editor(tmp_path, remove)([GONE]) == {"--gone.py": None}
    keep = "files[0].write_text(files[0].read_text().replace('remove ', 'keep '))"
    assert editor(tmp_path, keep)([GONE]) == {"--gone.py": b"2\n"}


def test_a_file_that_was_removed_in_the_editor_is_removed(tmp_path: Path) -> None:
    assert editor(tmp_path, "files[0].unlink()")([POEM]) == {"a b/poem.txt": None}


@pytest.mark.parametrize("command", ["no-such-editor-anywhere", "'unbalanced"])
def test_a_program_that_cannot_be_started_is_reported(tmp_path: Path, command: str) -> None:
    with pytest.raises(Failed, match="cannot start"):
        Editor(tmp_path / "resolving", {"VISUAL": command, "EDITOR": "true"})([POEM])


def test_the_command_is_not_run_by_a_shell(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="markers are left"):
        Editor(tmp_path / "resolving", {"EDITOR": f"true ; touch {tmp_path}/owned"})([POEM])
    assert not (tmp_path / "owned").exists()
