"""The mirror's folder and its remote: creates the mirror, locks it, fetches into it and pushes from it.

Several processes share one mirror: a screen, an engine, a shell command. git only locks single refs and fails at once
if a ref is locked, so a process that moves refs holds a lock on the folder. The lock of a dead process is free.
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
"""The file that marks the folder as a mirror. It holds a digest of the url that was fetched last, and is the lock."""
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


@dataclass(frozen=True)
class RefUpdate:
    """Moves a ref from one commit to another; an empty id means that the ref does not exist."""

    ref: str
    old: str
    new: str


class Remote:
    """The repository at `url`, mirrored by the bare repository in `folder`."""

    def __init__(self, url: str, folder: Path, main: str, network_deadline: float) -> None:
        if not url or url.startswith("-") or clean(url) != url:
            raise Failed("git", f"{clean(url)!r} is not the url of a repository", "correct it in the config")
        # A path is relative to the current folder; git would take it relative to the mirror's.
        is_url = "://" in url or re.match(r"[^/]*:", url)
        self._url = url if is_url else os.path.abspath(os.path.expanduser(url))
        self._folder = folder.absolute()
        self._main = main
        self._opened = False
        self._version_checked = False
        self.git = GitCalls(self._folder, self._url, network_deadline)

    @property
    def shown(self) -> str:
        """The url without a password."""
        return self.git.shown

    def open(self) -> None:
        """Make sure that the mirror exists and was fetched once."""
        if not self._opened or not self._mark.exists():
            with self.locked():
                if self._fetched_digest() != self._digest:
                    self.fetch()
            self._opened = True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the mirror against other processes that move refs in it. Creates it if needed."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            names = {path.name for path in self._folder.iterdir()}
            if names and _MARK not in names:
                raise Failed(
                    "git", f"{self._folder} is not a mirror of cockpit's", "name an empty folder for the state"
                )
            lock = self._mark.open("a")
        except OSError as error:
            raise Failed("git", f"cannot create the mirror in {self._folder}: {error.strerror}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._create()
            yield

    def fetch(self) -> None:
        """Bring branches and tags up to date, and remove those that the remote no longer has. Only under `locked`."""
        argv = ("fetch", "--prune", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        code, _, stderr = self.git.remote(*argv, "--quiet", "--", self._url, *_REFSPECS)
        if code and ".lock': File exists" in stderr:
            self._remove_stale_locks()
            code, _, stderr = self.git.remote(*argv, "--quiet", "--", self._url, *_REFSPECS)
        if code:
            raise self.git.failed(f"cannot fetch from {self.shown}", stderr)
        try:
            self._mark.write_text(self._digest)
        except OSError as error:
            reason = f"cannot write in {self._folder}: {error.strerror}"
            raise Failed("git", reason, "free disk space, or give this account write access") from error

    def push(self, updates: tuple[RefUpdate, ...], quarantine: Quarantine) -> str:
        """Push all of `updates` or none: an empty text, or the error that git printed. Only under `locked`.

        The pushed objects may be in the quarantine; they are accepted once the remote has them.
        """
        leases = (f"--force-with-lease={update.ref}:{update.old}" for update in updates)
        targets = (f"{update.new}:{update.ref}" for update in updates)
        argv = ("push", "--atomic", "--no-verify", *leases, "--", self._url, *targets)
        code, _, stderr = quarantine.git.remote(*argv)
        if code:
            return stderr or f"git push ended with exit code {code}"
        quarantine.accept()
        lines = (f"update {update.ref} {update.new}" if update.new else f"delete {update.ref}" for update in updates)
        self.git.local("update-ref", "--stdin", stdin="".join(f"{line}\n" for line in lines).encode())
        return ""

    def _create(self) -> None:
        if not self._version_checked:
            check_version(self.git.text("version"))
            self._version_checked = True
        # `git init` may have been interrupted unless a fetch has succeeded since; running it twice does no harm.
        if not self._fetched_digest():
            self.git.local("init", "--bare", "--quiet", "--template=", f"--initial-branch={self._main}")

    def _fetched_digest(self) -> str:
        """The digest of the url that was fetched last; empty before the first fetch."""
        try:
            return self._mark.read_text()
        except OSError as error:  # the folder was removed meanwhile
            raise Failed("git", f"cannot read the mirror in {self._folder}: {error.strerror}", "try again") from error

    def _remove_stale_locks(self) -> None:
        """Remove the lock files of a git process that was killed: no other runs while this one holds the lock."""
        for lock in (self._folder / "packed-refs.lock", *(self._folder / "refs").rglob("*.lock")):
            lock.unlink(missing_ok=True)

    @property
    def _mark(self) -> Path:
        return self._folder / _MARK

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self._url.encode()).hexdigest()
