"""Ends a child together with its parent, so that no process outlives the demo, even after kill -9.

Linux sends a chosen signal to a child when the thread that started it ends; other systems do nothing.
`python -m cockpit.demo.processes.parent_watch [--parent PID] -- COMMAND...` watches the parent and becomes COMMAND.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""prctl(2)."""


def end_with_parent(parent: int, death: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send `death` to this process when its parent ends, at once if `parent` has ended already.

    Call it in the child, after the fork.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
    if os.getppid() != parent:
        # The parent ended between the fork and the call above: its signal will never come.
        os.kill(os.getpid(), death)


def main(argv: list[str]) -> None:
    """Watch the parent and become the command after `--`."""
    options, command = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
    parent = int(options[options.index("--parent") + 1]) if "--parent" in options else os.getppid()
    end_with_parent(parent)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
