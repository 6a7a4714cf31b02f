"""Ties a child to its parent's life, so that nothing of the demo outlives it, even after kill -9.

Linux delivers a chosen signal to a child when the thread that started it ends; elsewhere a leash does nothing.
Run as `python -m cockpit.demo.processes.parent_watch [--parent PID] -- COMMAND...` it ties itself and becomes COMMAND.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""prctl(2)."""


def put_on(parent: int, death: signal.Signals = signal.SIGKILL) -> None:
    """Let this very process get `death` once its parent ends; at once, where that is no longer `parent`.

    Call it in the child, after the fork.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
    if os.getppid() != parent:
        # The parent ended between the fork and the call above: its signal will never come.
        os.kill(os.getpid(), death)


def main(argv: list[str]) -> None:
    """Put this process on the leash and become the command after `--`."""
    options, command = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
    parent = int(options[options.index("--parent") + 1]) if "--parent" in options else os.getppid()
    put_on(parent)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
