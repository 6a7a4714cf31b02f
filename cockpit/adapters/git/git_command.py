"""Runs git on the mirror: with a deadline, without hooks, prompts or a person's settings, and with errors in words.

Commands that reach a remote see the account's git settings, since credentials and proxies are configured there.
Commands that work on the mirror alone see none, so that a merge comes out the same on every machine.
GitPython's `kill_after_timeout` misses children that start late and cannot end a wait on their pipe: so each
command here is the leader of a session of its own, and the session is what is killed. Without a terminal to its
session ssh cannot ask for a passphrase in the middle of the screen either.
"""

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from cockpit.deploy.text import tail
from cockpit.ports import Failed

OLDEST = (2, 38)
"""The first git whose merge-tree merges without a working tree."""
LOCAL_DEADLINE = 300.0
"""Seconds; a command on the mirror alone takes milliseconds, a large export some seconds."""

_QUIET = {"GIT_TERMINAL_PROMPT": "0"}
_ALONE = {
    **_QUIET,
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
}
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "gc.autoDetach=false",  # leaves nothing running behind our back
    "maintenance.autoDetach=false",
    "core.attributesFile=/dev/null",  # a merge comes out as the repository says, not as the account does
    "core.fsmonitor=false",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
)
_PASSWORD = re.compile(r"(\w+://)[^/@\s]+@")
_NOISE = re.compile(
    r"^(To |hint:|error: failed to push)|\(atomic push failure\)|^remote:\s*$|^Please make sure you|^and the repos"
)
"""What git says around a server's own words; without it they would scroll out of the lines that are kept."""
_REMEDIES = (
    (r"checked out branch", "use a bare repository: a push would change the files somebody works on"),
    (r"not appear to be a git repo|not found|does not exist|no such", "correct the repository's url in the config"),
    (r"resolve host|connect|network|unreachable|timed out", "check the network to it and try again"),
    (
        r"permission denied|authentication|could not read user|publickey|\b403\b",
        "let the deploying account read and push there",
    ),
    (r"hook declined|protected|GH\d{3}|denied", "let the deploying account push main, release branches and tags there"),
    (r"no space left|disk quota", "make room on the disk"),
)


def without_password(words: str) -> str:
    """The same words, with no name and password in any url of them."""
    return _PASSWORD.sub(r"\1", words)


class GitCalls:
    """Runs git with `folder` as its repository, whatever the current folder and environment are."""

    def __init__(self, folder: Path, url: str, network_deadline: float) -> None:
        self.folder = folder
        self._url = url
        self._network_deadline = network_deadline
        self._env: Mapping[str, str] = {}

    def within(self, env: Mapping[str, str]) -> "GitCalls":
        """The same repository, seen with these variables set."""
        other = GitCalls(self.folder, self._url, self._network_deadline)
        other._env = {**self._env, **env}
        return other

    @cached_property
    def objects(self) -> Path:
        """Where the repository keeps its objects; of a linked worktree, where its repository does."""
        return Path(self.folder, self.text("rev-parse", "--git-path", "objects"))

    def local(
        self,
        *argv: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        also: tuple[int, ...] = (),
        worktree: Path | None = None,
        personal: bool = False,
    ) -> tuple[int, bytes]:
        """(exit code, output) of a command that needs no remote. Raises `Failed` unless the code is 0 or in `also`.

        A `personal` one sees the account's settings, for keys and the programs that sign with them.
        """
        top = (f"--work-tree={worktree}",) if worktree else ()
        extra = {**(_QUIET if personal else _ALONE), **self._env, **(env or {})}
        code, out, err = self._run((*top, *argv), extra, stdin, LOCAL_DEADLINE, worktree)
        if code not in (0, *also):
            raise self.failed(f"git {argv[0]}", err)
        return code, out

    def text(self, *argv: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """The output of such a command, stripped; for ids and versions."""
        return self.local(*argv, stdin=stdin, env=env)[1].decode("utf-8", "replace").strip()

    def remote(self, *argv: str) -> tuple[int, bytes, str]:
        """(exit code, output, words on stderr) of a command that reaches the remote; `Failed` at its deadline."""
        return self._run(argv, {**_QUIET, **self._env}, b"", self._network_deadline)

    def failed(self, what: str, words: str) -> Failed:
        """What to raise where git said `words`: its last lines, without passwords, and what to do about it."""
        kept = "\n".join(line for line in words.splitlines() if not _NOISE.search(line))
        said = tail(without_password(kept.replace(self._url, self.shown)))
        remedy = next((way for sign, way in _REMEDIES if re.search(sign, kept, re.IGNORECASE)), "")
        return Failed("git", f"{what}: {said or 'it failed without a word'}", remedy)

    @property
    def shown(self) -> str:
        """The remote's url without what a person must not read."""
        return tail(without_password(self._url), 1)

    def _run(
        self, argv: tuple[str, ...], env: Mapping[str, str], stdin: bytes, deadline: float, here: Path | None = None
    ) -> tuple[int, bytes, str]:
        try:
            from git import Git, GitCommandNotFound
        except ImportError as error:
            raise Failed("git", "the program is not installed", "install git 2.38 or newer") from error
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        command = [Git.GIT_PYTHON_GIT_EXECUTABLE or "git", f"--git-dir={self.folder}", *settings, *argv]
        try:
            held = Git(os.fspath(here or self.folder)).execute(
                command,
                istream=cast(BinaryIO, subprocess.PIPE if stdin else None),
                as_process=True,
                env=dict(env),
                start_new_session=True,
            )
        except GitCommandNotFound as error:
            raise Failed("git", "the program was not found on PATH", "install git 2.38 or newer") from error
        except (OSError, ValueError) as error:
            raise Failed("git", f"cannot start git {argv[0]}: {error}") from error
        process = held.proc
        assert process is not None
        try:
            out, err = process.communicate(stdin or None, timeout=deadline)
        except subprocess.TimeoutExpired as error:
            verb = next(word for word in argv if not word.startswith("-"))
            reason = f"git {verb} did not end within {deadline:g} s and was stopped"
            raise Failed("git", reason, f"check that {self.shown} answers and try again") from error
        finally:
            _end(process)
        return process.returncode, out, err.decode("utf-8", "replace")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop the command and all it started, asking first so that git removes its lock files."""
    if process.poll() is None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                process.wait(2)
                break
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(OSError):
                pipe.close()


def check_version(said: str) -> None:
    """Raise `Failed` where `git version` said one that is too old for us."""
    found = re.search(r"(\d+)\.(\d+)\S*", said)
    if not found or (int(found[1]), int(found[2])) < OLDEST:
        version = found[0] if found else tail(said, 1)
        raise Failed("git", f"version {version} is too old to merge without a working tree", "install 2.38 or newer")
