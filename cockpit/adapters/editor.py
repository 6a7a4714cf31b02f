"""A person's own editor on the files of a conflict, in a folder that holds nothing else.

The folder is named after the conflict and stays: an editor that crashes, a marker that was left in or a push that is
refused costs no work, for the next try at the same conflict goes on with the files as they are.
"""

import hashlib
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cockpit.deploy.pulls.conflicts import FileConflict, Resolved, marked
from cockpit.deploy.text import clean, names
from cockpit.ports import Failed

LIST = "CONFLICTS"
"""Where a person says what becomes of files in which git can mark no place."""
_HEAD = (
    "# These were changed by one side and removed by the other, or are no text.\n"
    "# Write keep or remove for each ?; what keep means may be edited beside this file.\n"
)


class Editor:
    """Implements `deploy.conflicts.Edit` in a folder below `root`, by `$VISUAL` or `$EDITOR`, else vi."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._command = environ.get("VISUAL") or environ.get("EDITOR") or "vi"

    def __call__(self, clashes: Sequence[FileConflict]) -> Resolved:
        """The files as they were left. Blocks while the person edits. Raises `Failed` where they are not resolved."""
        name = hashlib.sha256(b"\0".join(part for c in clashes for part in (os.fsencode(c.path), c.text)))
        folder = self._root / name.hexdigest()[:16]
        again = f"what you wrote is kept in {folder}: try again to go on with it"
        try:
            _lay_out(folder, clashes)
            self._run(folder, clashes, again)
            return _read(folder, clashes, again)
        except OSError as bad:
            raise Failed("editor", f"cannot use {folder}: {bad.strerror or bad}", "make room there") from bad

    def _run(self, folder: Path, clashes: Sequence[FileConflict], again: str) -> None:
        listed = [folder / LIST] if (folder / LIST).exists() else []
        files = [folder / "files" / clash.path for clash in clashes if clash.hunks or not listed]
        try:
            argv = [*shlex.split(self._command), *map(str, (*listed, *files))]
            code = subprocess.run(argv, cwd=folder, check=False).returncode
        except (ValueError, OSError) as bad:
            remedy = "set EDITOR to a program that edits files"
            raise Failed("editor", f"cannot start {clean(self._command)}: {bad}", remedy) from bad
        if code:
            raise Failed("editor", f"{clean(self._command)} ended with {code}", again)


def _lay_out(folder: Path, clashes: Sequence[FileConflict]) -> None:
    """Write the files once; those that are there already are somebody's work."""
    if (folder / "files").exists():
        return
    scratch = folder / "new"
    for clash in clashes:
        place = scratch / clash.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(clash.text)
    if silent := [clash for clash in clashes if not clash.hunks]:
        text = "".join(f"? {clash.path}\n" for clash in silent if "\n" not in clash.path)
        (folder / LIST).write_text(_HEAD + text, encoding="utf-8", errors="surrogateescape")
    scratch.rename(folder / "files")


def _read(folder: Path, clashes: Sequence[FileConflict], again: str) -> Resolved:
    said: dict[str, str] = {}
    if (folder / LIST).exists():
        lines = (folder / LIST).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        said = {path: word for word, _, path in (line.partition(" ") for line in lines) if word != "#"}
    made: dict[str, bytes | None] = {}
    for clash in clashes:
        place = folder / "files" / clash.path
        word = "keep" if clash.hunks else said.get(clash.path, "?")
        if word not in ("keep", "remove"):
            raise Failed("editor", f"{LIST} does not say keep or remove for {clean(clash.path)}", again)
        made[clash.path] = place.read_bytes() if word == "keep" and place.exists() else None
    left = [f"{clean(path)}:{line}" for path, text in made.items() if text and (line := marked(text))]
    if left:
        raise Failed("editor", f"conflict markers are left in {names(tuple(left))}", again)
    return made
