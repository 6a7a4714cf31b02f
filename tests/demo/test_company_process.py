"""The company ends with the process that runs it."""

import signal
from pathlib import Path

import pytest

from tests.demo.demo_process import demo, fleet_marks, processes_of, read_lines
from tests.waiting import wait_until

pytestmark = fleet_marks


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_every_process_and_removes_the_folder(folder: Path, sign: signal.Signals) -> None:
    with demo(folder) as running:
        for line in read_lines(running):
            if "agents" in str(line.get("setup", "")):
                running.send_signal(sign)
                break
    assert running.returncode == (-sign if sign is signal.SIGKILL else 130)
    wait_until(lambda: not processes_of(folder) and not list(folder.iterdir()))
