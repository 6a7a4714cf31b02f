"""The mirror's folder and its remote: made on first use, locked while refs move, fetched into and pushed from.

Several processes share one mirror (a screen, an engine, a shell command). git locks single refs only and gives up
at once where one is locked, so whoever moves refs holds a lock of ours on the folder; a dead process holds none.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cockpit.adapters.git.git_command import GitCalls, check_version
from cockpit.adapters.git.object_quarantine import Quarantine
from cockpit.deploy.text import clean
from cockpit.ports import Failed

_MARK = "cockpit-mirror"
"""Says that the folder is ours and, as a digest, which url was fetched into it last; it is the lock, too."""
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


@dataclass(frozen=True)
class RefUpdate:
    """A ref on its way from one commit to another; empty for not existing."""

    ref: str
    old: str
    new: str


class Remote:
    """The repository at `url` as it is seen from the bare repository in `folder`."""

    def __init__(self, url: str, folder: Path, main: str, network_deadline: float) -> None:
        if not url or url.startswith("-") or clean(url) != url:
            raise Failed("git", f"{clean(url)!r} is not the url of a repository", "correct it in the config")
        # A path is meant from where we stand; git would read it from the mirror's folder.
        away = "://" in url or re.match(r"[^/]*:", url)
        self._url = url if away else os.path.abspath(os.path.expanduser(url))
        self._folder = folder.absolute()
        self._main = main
        self._opened = False
        self._able = False
        self.git = GitCalls(self._folder, self._url, network_deadline)

    @property
    def shown(self) -> str:
        """The url without a password."""
        return self.git.shown

    def open(self) -> None:
        """Make sure that there is a mirror and that it has seen the remote once."""
        if not self._opened or not self._mark.exists():
            with self.locked():
                if self._fetched() != self._digest:
                    self.fetch()
            self._opened = True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the mirror against everybody else who moves refs in it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            names = {path.name for path in self._folder.iterdir()}
            if names and _MARK not in names:
                raise Failed("git", f"{self._folder} is not a mirror of ours", "name an empty folder for the state")
            lock = self._mark.open("a")
        except OSError as error:
            raise Failed("git", f"cannot make the mirror in {self._folder}: {error.strerror}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._make()
            yield

    def fetch(self) -> None:
        """Bring branches and tags up to date, also those that were removed there. Only under `locked`."""
        argv = ("fetch", "--prune", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        code, _, words = self.git.remote(*argv, "--quiet", "--", self._url, *_REFSPECS)
        if code and ".lock': File exists" in words:
            self._unlock()
            code, _, words = self.git.remote(*argv, "--quiet", "--", self._url, *_REFSPECS)
        if code:
            raise self.git.failed(f"cannot fetch from {self.shown}", words)
        try:
            self._mark.write_text(self._digest)
        except OSError as error:
            raise Failed("git", f"cannot write in {self._folder}: {error.strerror}", "make room there") from error

    def push(self, moves: tuple[RefUpdate, ...], room: Quarantine) -> str:
        """Push all of `moves` or none: empty where that is done, else the server's words. Only under `locked`.

        What is pushed may be in quarantine still, and is accepted once the remote has it.
        """
        leases = (f"--force-with-lease={move.ref}:{move.old}" for move in moves)
        targets = (f"{move.new}:{move.ref}" for move in moves)
        code, _, words = room.git.remote("push", "--atomic", "--no-verify", *leases, "--", self._url, *targets)
        if code:
            return words or f"git push ended with exit code {code}"
        room.accept()
        seen = "".join(f"update {move.ref} {move.new}\n" if move.new else f"delete {move.ref}\n" for move in moves)
        self.git.local("update-ref", "--stdin", stdin=seen.encode())
        return ""

    def _make(self) -> None:
        if not self._able:
            check_version(self.git.text("version"))
            self._able = True
        # Until a fetch has succeeded the making itself may have been cut short; making twice does no harm.
        if not self._fetched():
            self.git.local("init", "--bare", "--quiet", "--template=", f"--initial-branch={self._main}")

    def _fetched(self) -> str:
        """Of which url, as a digest, the mirror holds all; empty before the first fetch."""
        try:
            return self._mark.read_text()
        except OSError as error:  # the folder went away under our hands
            raise Failed("git", f"cannot read the mirror in {self._folder}: {error.strerror}", "try again") from error

    def _unlock(self) -> None:
        """Remove the lock files that a git which was killed left behind; nobody else is at work under our lock."""
        for lock in (self._folder / "packed-refs.lock", *(self._folder / "refs").rglob("*.lock")):
            lock.unlink(missing_ok=True)

    @property
    def _mark(self) -> Path:
        return self._folder / _MARK

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self._url.encode()).hexdigest()
