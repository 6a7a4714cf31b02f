"""Opens the files of a merge conflict in the user's editor, in a folder of their own.

The folder is named after the conflict and is kept. If the editor crashes, a marker is left in or the push is refused,
no work is lost: the next attempt at the same conflict continues with the files as they are.
"""

import hashlib
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cockpit.deploy.pulls.conflicts import FileConflict, ResolvedFiles, first_marker_line
from cockpit.deploy.text import clean, names
from cockpit.ports import Failed

LIST = "CONFLICTS"
"""The file in which a person decides about files that have no conflict markers."""
_HEAD = (
    "# These files were changed by one side and removed by the other, or are not text.\n"
    "# Replace each ? with keep or remove. You can edit a kept file in the folder files.\n"
)


class Editor:
    """Resolves conflicts in a folder below `root`, with `$VISUAL`, `$EDITOR` or vi."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._command = environ.get("VISUAL") or environ.get("EDITOR") or "vi"

    def __call__(self, conflicts: Sequence[FileConflict]) -> ResolvedFiles:
        """The files as the user saved them. Blocks until the editor ends. Raises `Failed` if they are not resolved."""
        digest = hashlib.sha256(b"\0".join(part for file in conflicts for part in (os.fsencode(file.path), file.text)))
        folder = self._root / digest.hexdigest()[:16]
        remedy = f"your edits are kept in {folder}: try again to continue"
        try:
            _write_files(folder, conflicts)
            self._run(folder, conflicts, remedy)
            return _read_files(folder, conflicts, remedy)
        except OSError as bad:
            raise Failed("editor", f"cannot use {folder}: {bad.strerror or bad}", "free disk space") from bad

    def _run(self, folder: Path, conflicts: Sequence[FileConflict], remedy: str) -> None:
        listed = [folder / LIST] if (folder / LIST).exists() else []
        files = [folder / "files" / file.path for file in conflicts if file.hunks or not listed]
        try:
            argv = [*shlex.split(self._command), *map(str, (*listed, *files))]
            code = subprocess.run(argv, cwd=folder, check=False).returncode
        except (ValueError, OSError) as bad:
            reason = f"cannot start {clean(self._command)}: {bad}"
            raise Failed("editor", reason, "set EDITOR to a program that edits files") from bad
        if code:
            raise Failed("editor", f"{clean(self._command)} ended with exit code {code}", remedy)


def _write_files(folder: Path, conflicts: Sequence[FileConflict]) -> None:
    """Write the files, unless an earlier attempt has: those contain a person's work."""
    if (folder / "files").exists():
        return
    scratch = folder / "new"
    for file in conflicts:
        path = scratch / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.text)
    if unmarked := [file for file in conflicts if not file.hunks]:
        text = "".join(f"? {file.path}\n" for file in unmarked if "\n" not in file.path)
        (folder / LIST).write_text(_HEAD + text, encoding="utf-8", errors="surrogateescape")
    scratch.rename(folder / "files")


def _read_files(folder: Path, conflicts: Sequence[FileConflict], remedy: str) -> ResolvedFiles:
    decisions: dict[str, str] = {}
    if (folder / LIST).exists():
        lines = (folder / LIST).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        decisions = {path: word for word, _, path in (line.partition(" ") for line in lines) if word != "#"}
    resolved: dict[str, bytes | None] = {}
    for file in conflicts:
        path = folder / "files" / file.path
        decision = "keep" if file.hunks else decisions.get(file.path, "?")
        if decision not in ("keep", "remove"):
            raise Failed("editor", f"{LIST} does not say keep or remove for {clean(file.path)}", remedy)
        resolved[file.path] = path.read_bytes() if decision == "keep" and path.exists() else None
    markers = [f"{clean(path)}:{n}" for path, text in resolved.items() if text and (n := first_marker_line(text))]
    if markers:
        raise Failed("editor", f"conflict markers are left in {names(tuple(markers))}", remedy)
    return resolved
