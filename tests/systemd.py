"""A real systemd with the test's units alone, as the first process of its own namespaces.

It shares files and the network with this machine, but neither processes nor units: the machine's own units would
change the machine's folders. It needs root and a kernel with namespaces.
"""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.programs import need

INIT = Path("/lib/systemd/systemd")
PATIENCE = 30.0
EMPTY = ("basic.target", "sysinit.target", "shutdown.target", "sockets.target")
"""The default dependencies of every unit."""
ENTER = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"'
"""Enters a control group, which becomes the root of systemd's own groups."""
BEGIN = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i container=other PATH="$PATH" SYSTEMD_UNIT_PATH={units} {init} --system --unit=basic.target
"""


class Systemd:
    """A running systemd."""

    def __init__(self, pid: int) -> None:
        self.systemctl = ("nsenter", "-t", str(pid), "-m", "-p", "-C", need("systemctl"))
        """The command line of its systemctl."""

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.systemctl, *argv], capture_output=True, text=True, check=False)

    def state(self) -> str:
        return self.run("is-system-running").stdout.strip()


@contextmanager
def running_systemd(folder: Path, units: Mapping[str, str]) -> Iterator[Systemd]:
    """Run a systemd with these units. Skips the test on a machine that cannot."""
    need("systemctl")
    place = folder / "units"
    place.mkdir()
    for name, text in {**dict.fromkeys(EMPTY, "[Unit]\nDefaultDependencies=no\n"), **units}.items():
        (place / name).write_text(text)
    if os.geteuid() or not INIT.exists():
        pytest.skip("a systemd of its own needs root and /lib/systemd/systemd")
    begin = BEGIN.format(units=shlex.quote(str(place)), init=INIT)
    spaces = ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--mount-proc", "--cgroup", "--ipc", "--uts"]
    with _control_group() as group, (folder / "systemd.log").open("ab") as log:
        argv = ["sh", "-c", ENTER, "sh", str(group), *spaces, "sh", "-c", begin]
        outer = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield _wait_until_running(outer, folder / "systemd.log")
        finally:
            outer.kill()
            outer.wait()


@contextmanager
def _control_group() -> Iterator[Path]:
    """A new control group, removed at the end."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    try:
        top = next(Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2")
        group = Path(tempfile.mkdtemp(prefix="cockpit-tests-", dir=top))
    except (StopIteration, OSError) as error:
        pytest.skip(f"this machine does not allow a new control group: {error}")
    try:
        yield group
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Remove it once the kernel has removed its killed processes."""
    end = monotonic() + PATIENCE
    while any(part.read_text() for part in group.rglob("cgroup.procs")):
        assert monotonic() < end, "a process outlived its systemd"
        sleep(0.02)
    for inside, _, _ in os.walk(group, topdown=False):
        os.rmdir(inside)


def _wait_until_running(outer: subprocess.Popen[bytes], log: Path) -> Systemd:
    """The systemd of namespaces of `outer`, once it runs."""
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    end = monotonic() + PATIENCE
    while outer.poll() is None:
        inside = children.read_text().split() if children.exists() else []
        if inside and (systemd := Systemd(int(inside[0]))).state() in ("running", "degraded"):
            return systemd
        assert monotonic() < end, log.read_text()
        sleep(0.1)
    return pytest.skip(f"this machine does not allow a systemd of its own: {log.read_text()[-300:]}")
