"""Runs git with a deadline, without hooks, prompts or personal settings, and turns its errors into `Failed`.

Commands that reach a remote read the account's git settings, because credentials and proxies are configured there.
Commands on the mirror alone read none, so that a merge has the same result on every machine.

Each command runs in a session of its own, which is killed at the deadline: GitPython's `kill_after_timeout` misses
children that start late and hold the output pipe. Without a terminal ssh cannot prompt for a passphrase either.
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

MIN_VERSION = (2, 38)
"""The first git whose merge-tree merges without a working tree."""
LOCAL_DEADLINE = 300.0
"""Seconds. A command on the mirror alone takes milliseconds, a large export some seconds."""

_NO_PROMPT = {"GIT_TERMINAL_PROMPT": "0"}
_NO_SETTINGS = {
    **_NO_PROMPT,
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
}
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "gc.autoDetach=false",  # no process outlives the command
    "maintenance.autoDetach=false",
    "core.attributesFile=/dev/null",  # only the repository's own attributes decide how files merge
    "core.fsmonitor=false",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
)
_PASSWORD = re.compile(r"(\w+://)[^/@\s]+@")
_NOISE = re.compile(
    r"^(To |hint:|error: failed to push)|\(atomic push failure\)|^remote:\s*$|^Please make sure you|^and the repos"
)
"""Lines that git adds to a server's message; left out so that the message is not cut off."""
_REMEDIES = (
    (r"checked out branch", "use a bare repository: a push would change the files in its working tree"),
    (r"not appear to be a git repo|not found|does not exist|no such", "correct the repository's url in the config"),
    (r"resolve host|connect|network|unreachable|timed out", "check the network to it and try again"),
    (
        r"permission denied|authentication|could not read user|publickey|\b403\b",
        "give the deploying account read and push access",
    ),
    (r"hook declined|protected|GH\d{3}|denied", "allow the deploying account to push main, release branches and tags"),
    (r"no space left|disk quota", "free disk space"),
)


def without_password(text: str) -> str:
    """The text, without user names and passwords in its URLs."""
    return _PASSWORD.sub(r"\1", text)


class GitCalls:
    """Runs git on the repository in `folder`, independent of the current folder and environment."""

    def __init__(self, folder: Path, url: str, network_deadline: float) -> None:
        self.folder = folder
        self._url = url
        self._network_deadline = network_deadline
        self._env: Mapping[str, str] = {}

    def within(self, env: Mapping[str, str]) -> "GitCalls":
        """The same repository, with these environment variables set."""
        other = GitCalls(self.folder, self._url, self._network_deadline)
        other._env = {**self._env, **env}
        return other

    @cached_property
    def objects(self) -> Path:
        """The folder of the repository's objects; a linked worktree shares that of its repository."""
        return Path(self.folder, self.text("rev-parse", "--git-path", "objects"))

    def local(
        self,
        *argv: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        also: tuple[int, ...] = (),
        worktree: Path | None = None,
        personal: bool = False,
        deadline: float = LOCAL_DEADLINE,
    ) -> tuple[int, bytes]:
        """Run a command that needs no remote: (exit code, output). Raises `Failed` unless the code is 0 or in `also`.

        A `personal` command reads the account's settings, for signing keys and programs. `deadline` is in seconds.
        """
        top = (f"--work-tree={worktree}",) if worktree else ()
        extra = {**(_NO_PROMPT if personal else _NO_SETTINGS), **self._env, **(env or {})}
        code, out, err = self._run((*top, *argv), extra, stdin, deadline, worktree)
        if code not in (0, *also):
            raise self.failed(f"git {argv[0]}", err)
        return code, out

    def text(self, *argv: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run a command that needs no remote: its output, stripped."""
        return self.local(*argv, stdin=stdin, env=env)[1].decode("utf-8", "replace").strip()

    def remote(self, *argv: str) -> tuple[int, bytes, str]:
        """Run a command that reaches the remote: (exit code, output, stderr). Raises `Failed` at the deadline."""
        return self._run(argv, {**_NO_PROMPT, **self._env}, b"", self._network_deadline)

    def failed(self, action: str, stderr: str) -> Failed:
        """The exception for a git error: the last lines of `stderr` without passwords, and a remedy."""
        message = "\n".join(line for line in stderr.splitlines() if not _NOISE.search(line))
        reason = tail(without_password(message.replace(self._url, self.shown)))
        remedy = next((text for pattern, text in _REMEDIES if re.search(pattern, message, re.IGNORECASE)), "")
        return Failed("git", f"{action}: {reason or 'no error message'}", remedy)

    @property
    def shown(self) -> str:
        """The remote's url without a password."""
        return tail(without_password(self._url), 1)

    def _run(
        self, argv: tuple[str, ...], env: Mapping[str, str], stdin: bytes, deadline: float, cwd: Path | None = None
    ) -> tuple[int, bytes, str]:
        try:
            from git import Git, GitCommandNotFound
        except ImportError as error:
            raise Failed("git", "git is not installed", "install git 2.38 or newer") from error
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        command = [Git.GIT_PYTHON_GIT_EXECUTABLE or "git", f"--git-dir={self.folder}", *settings, *argv]
        try:
            started = Git(os.fspath(cwd or self.folder)).execute(
                command,
                istream=cast(BinaryIO, subprocess.PIPE if stdin else None),
                as_process=True,
                env=dict(env),
                start_new_session=True,
            )
        except GitCommandNotFound as error:
            raise Failed("git", "git was not found on PATH", "install git 2.38 or newer") from error
        except (OSError, ValueError) as error:
            raise Failed("git", f"cannot start git {argv[0]}: {error}") from error
        process = started.proc
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
    """Stop the command and its children: SIGTERM first, so that git removes its lock files."""
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


def check_version(output: str) -> None:
    """Raise `Failed` if this output of `git version` names a version that is too old."""
    match = re.search(r"(\d+)\.(\d+)\S*", output)
    if not match or (int(match[1]), int(match[2])) < MIN_VERSION:
        version = match[0] if match else tail(output, 1)
        raise Failed("git", f"version {version} is too old to merge without a working tree", "install 2.38 or newer")
