"""A real systemd that knows no unit but ours, as the first process of namespaces of its own, beside whatever runs here.

It shares files and the network with this machine, and neither its processes nor its units: the machine's own units
would set up, and clean up, this machine's folders. It takes root, and a kernel that lets it have namespaces.
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
"""What every unit depends on by default."""
ENTER = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"'
"""Into a control group of its own, which is its root: systemd does as it likes with all that is under its root."""
BEGIN = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i container=other PATH="$PATH" SYSTEMD_UNIT_PATH={units} {init} --system --unit=basic.target
"""


class Systemd:
    """One that runs."""

    def __init__(self, pid: int) -> None:
        self.systemctl = ("nsenter", "-t", str(pid), "-m", "-p", "-C", need("systemctl"))
        """The command that speaks with it."""

    def tell(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.systemctl, *argv], capture_output=True, text=True, check=False)

    def state(self) -> str:
        return self.tell("is-system-running").stdout.strip()


@contextmanager
def systemd_with(folder: Path, units: Mapping[str, str]) -> Iterator[Systemd]:
    """One that has loaded these units; a machine that cannot run one skips the test."""
    need("systemctl")
    place = folder / "units"
    place.mkdir()
    for name, text in {**dict.fromkeys(EMPTY, "[Unit]\nDefaultDependencies=no\n"), **units}.items():
        (place / name).write_text(text)
    if os.geteuid() or not INIT.exists():
        pytest.skip("a systemd of one's own takes root, and systemd itself beside systemctl")
    begin = BEGIN.format(units=shlex.quote(str(place)), init=INIT)
    spaces = ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--mount-proc", "--cgroup", "--ipc", "--uts"]
    with _control_group() as group, (folder / "systemd.log").open("ab") as log:
        argv = ["sh", "-c", ENTER, "sh", str(group), *spaces, "sh", "-c", begin]
        outer = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield _begun(outer, folder / "systemd.log")
        finally:
            outer.kill()
            outer.wait()


@contextmanager
def _control_group() -> Iterator[Path]:
    """One of this test's own, and gone afterwards."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    try:
        top = next(Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2")
        group = Path(tempfile.mkdtemp(prefix="cockpit-tests-", dir=top))
    except (StopIteration, OSError) as error:
        pytest.skip(f"this machine lets nobody make a control group: {error}")
    try:
        yield group
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Whoever was in it was killed, and is in it until the kernel is through with him."""
    end = monotonic() + PATIENCE
    while any(part.read_text() for part in group.rglob("cgroup.procs")):
        assert monotonic() < end, "somebody outlived his systemd"
        sleep(0.02)
    for inside, _, _ in os.walk(group, topdown=False):
        os.rmdir(inside)


def _begun(outer: subprocess.Popen[bytes], log: Path) -> Systemd:
    """Once it is up; it is another process, so it can only be asked again."""
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    end = monotonic() + PATIENCE
    while outer.poll() is None:
        inside = children.read_text().split() if children.exists() else []
        if inside and (systemd := Systemd(int(inside[0]))).state() in ("running", "degraded"):
            return systemd
        assert monotonic() < end, log.read_text()
        sleep(0.1)
    return pytest.skip(f"this machine lets nobody have a systemd of one's own: {log.read_text()[-300:]}")
