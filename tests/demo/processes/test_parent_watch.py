"""A watched child ends with its parent."""

import os
import signal
import subprocess
import sys

import pytest

from tests.waiting import wait_until

CHILD = "import time; print('up', flush=True); time.sleep(60)"
PARENT = f"""
import subprocess, sys, time
watched = [sys.executable, "-m", "cockpit.demo.processes.parent_watch", "--", sys.executable, "-c", {CHILD!r}]
child = subprocess.Popen(watched)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="uses a signal of Linux")
def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == "up\n"
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_until(lambda: not is_running(child))


@pytest.mark.skipif(sys.platform != "linux", reason="uses a signal of Linux")
def test_a_child_whose_parent_has_ended_already_ends_at_once() -> None:
    command = [sys.executable, "-m", "cockpit.demo.processes.parent_watch", "--parent", "1", "--", "true"]
    if os.getpid() == 1:
        pytest.skip("this process has the id of the missing parent")
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


def is_running(process: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
