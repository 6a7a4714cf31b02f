"""Unpacks a build, trusting nothing in it.

A pack is a gzip'd tar of regular files, folders and symlinks that stay inside. The library's own extraction has a long
history of ways out of the folder, so names are checked and files opened here. Symlinks are made last: while files are
written there is none that could lead a write astray.
"""

import os
import posixpath
import shutil
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cockpit.deploy.text import clean
from cockpit.ports import Failed


class GivenUp(Exception):
    """The work was given up by whoever asked for it."""


def unpack(packed: Path, into: Path, given_up: Callable[[], bool] = lambda: False) -> int:
    """Unpack into the empty folder `into`; the number of files.

    Raises `Failed` for a pack that is damaged or holds what it must not, `GivenUp` soon after `given_up` says so, and
    OSError where the disk fails. Whatever is raised, `into` is left half full.
    """
    seen: set[str] = set()
    links: list[tuple[str, str]] = []
    files = 0
    try:
        with tarfile.open(packed, "r:gz") as tar:
            for member in tar:
                if given_up():
                    raise GivenUp
                name = _checked_name(member.name, seen)
                if not name:
                    continue
                if member.isdir():
                    _make_folder(into, name)
                elif member.issym():
                    links.append((name, _checked_link(name, member.linkname)))
                elif member.isreg() and (content := tar.extractfile(member)) is not None:
                    _write(into, name, content, executable=bool(member.mode & 0o111))
                    files += 1
                else:
                    raise _refused(f"{clean(name)} is neither a file, a folder nor a symlink")
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise _refused(f"it is damaged: {clean(str(error)) or 'it ends too early'}") from error
    except OSError as error:
        if error.errno is None:  # gzip's own complaints come as an OSError without a number
            raise _refused(f"it is damaged: {clean(str(error))}") from error
        raise
    _make_links(into, links)
    return files


def _checked_name(raw: str, seen: set[str]) -> str:
    """The path in its simplest form; empty for the root itself."""
    if _unfit(raw) or raw.startswith("/") or ".." in raw.split("/"):
        raise _refused(f"the path {clean(raw)!r} is absolute, leads upwards or has control characters")
    name = posixpath.normpath(raw)
    if name == ".":
        return ""
    if name in seen:
        raise _refused(f"{clean(name)} is in it twice")
    seen.add(name)
    return name


def _checked_link(name: str, target: str) -> str:
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    if not target or _unfit(target) or target.startswith("/") or inside.split("/")[0] == "..":
        raise _refused(f"the symlink {clean(name)} leads outside, to {clean(target)!r}")
    return target


def _unfit(path: str) -> bool:
    """Whether it has control characters or is not UTF-8 (which tarfile marks by surrogates)."""
    return any(char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" for char in path)


def _make_folder(into: Path, name: str) -> None:
    path = into / name
    try:
        for folder in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
            folder.mkdir()
            folder.chmod(0o755)  # whatever the umask, as for files
    except NotADirectoryError as error:
        raise _refused(f"{clean(name)} is both a file and a folder") from error
    if not path.is_dir():
        raise _refused(f"{clean(name)} is both a file and a folder")


def _write(into: Path, name: str, content: IO[bytes], executable: bool) -> None:
    """Of the mode only whether it is executable is kept, as git does: the rest is the packing machine's."""
    if folder := posixpath.dirname(name):
        _make_folder(into, folder)
    mode = 0o755 if executable else 0o644
    try:
        fd = os.open(into / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except FileExistsError as error:
        raise _refused(f"{clean(name)} is both a file and a folder") from error
    with os.fdopen(fd, "wb") as file:
        shutil.copyfileobj(content, file)
        os.fchmod(fd, mode)


def _make_links(into: Path, links: list[tuple[str, str]]) -> None:
    """A link through another link can lead out although its text does not: so all are followed once they are made."""
    for name, target in links:
        if folder := posixpath.dirname(name):
            _make_folder(into, folder)
        try:
            os.symlink(target, into / name)
        except FileExistsError as error:
            raise _refused(f"{clean(name)} is both a symlink and something else") from error
    root = os.path.realpath(into)
    for name, target in links:
        if os.path.commonpath((root, os.path.realpath(into / name))) != root:
            raise _refused(f"the symlink {clean(name)} leads outside, to {clean(target)!r}")


def _refused(reason: str) -> Failed:
    return Failed("the pack", reason, "build it again")
