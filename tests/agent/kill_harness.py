"""Kills an agent with -9 at its n-th write, for every n, and checks the host after the next agent.

The stories: install, deploy, unhealthy (a deploy of a bad build), rollback, and repair (a rollback to a damaged slot).
Run as `python -m tests.agent.kill_harness STORY FOLDER`, or `... random FOLDER TIMES SEED` for kills at random times.
Each agent is a fork, so its memory is really lost. Prints one JSON line for each kill: [n, the problem or ""].
"""

import asyncio
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.agent.journal import load
from cockpit.agent.slots import Slots
from cockpit.deploy.hosts.status import HostState
from tests.agent.hosts import Host, set_target, target
from tests.fakes import MemoryStore

WRITE_CALLS = ("open", "fsync", "replace", "symlink", "mkdir", "unlink", "rmdir", "fchmod")
WRITE_FLAGS = os.O_WRONLY | os.O_RDWR


def kill_at(n: int) -> None:
    """Kill this process at its n-th call from now on that changes the disk."""
    left = n

    def deadly(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:
            nonlocal left
            if name != "open" or args[1] & WRITE_FLAGS:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **keywords)

        return call

    for name in WRITE_CALLS:
        setattr(os, name, deadly(name, getattr(os, name)))


def run_in_fork(host: Host, build: str, serial: int, n: int = 0) -> bool:
    """Run one agent until the host is at its target; return whether it exited normally."""
    child = os.fork()
    if not child:
        run_and_exit(host, build, serial, n)
    _, ended = os.waitpid(child, 0)
    return ended == 0


def run_and_exit(host: Host, build: str, serial: int, n: int = 0) -> NoReturn:
    """Run one agent until the host is at its target, then exit. Call it in a fork."""

    async def live() -> None:
        store = MemoryStore()
        await set_target(store, target(build, serial))
        agent = host.agent(store)
        if n:
            kill_at(n)
        await agent.once()

    try:
        asyncio.run(live())
        os._exit(0)
    except BaseException as error:
        print(f"the agent raised {error!r}", file=sys.stderr)
        os._exit(3)


def slot_problem(host: Host, pages: dict[str, str], installed: bool) -> str:
    """Return a slot that does not hold its build, or a missing hot build; empty if all is well."""
    disk = Slots(host.folder).disk()
    if not disk.hot and (installed or (host.folder / "current").is_symlink()):
        return "no complete build is hot"
    for label in (host.folder / "slots").glob("*.json"):
        build = json.loads(label.read_bytes())["build"]
        if (actual := scan(label.with_suffix("")).id) != build:
            return f"slot {label.stem} names {pages[build]} and holds {pages.get(actual, actual)}"
    return ""


def host_problem(host: Host, build: str, state: HostState, pages: dict[str, str]) -> str:
    """Return the problems of the host after the second agent; empty if all is well."""
    intent, problem = load(host.folder)
    problems = [
        problem,
        slot_problem(host, pages, installed=True),
        "" if Slots(host.folder).disk().hot == build else "another build is hot",
        "" if intent.state is state else f"it is {intent.state}: {intent.detail}",
        "" if host.served_page() == pages[build] else f"the application serves {host.served_page()!r}",
        "" if host.in_balancer() else "it is still drained",
    ]
    return "; ".join(filter(None, problems))


def main(story: str, root: Path) -> None:
    first = Host(root / "template")
    names = ("older", "old", "bad" if story == "unhealthy" else "new")
    back = story in ("rollback", "repair")
    older, old, new = (first.build(name) for name in names)
    pages = dict(zip((older, old, new), names, strict=True))
    installed = story != "install"
    if installed:
        assert run_in_fork(first, older, 1)
        assert run_in_fork(first, old, 2)
    if back:
        assert run_in_fork(first, new, 3)
    if story == "repair":
        next(path for path in first.folder.glob("slots/*/page") if path.read_text() == "old").write_text("0ld")
    expected = {
        "unhealthy": (old, HostState.FAILED), "rollback": (old, HostState.SERVING), "repair": (old, HostState.SERVING),
    }.get(story, (new, HostState.SERVING))  # fmt: skip
    to, serial = (old, 4) if back else (new, 3)
    for n in range(1, 1000):
        host = Host(shutil.copytree(first.root, root / str(n), symlinks=True))
        finished = run_in_fork(host, to, serial, n)
        problem = "" if story == "repair" else slot_problem(host, pages, installed)
        if not finished and not run_in_fork(host, to, serial):
            problem = problem or "the second agent failed"
        print(json.dumps([n, problem or host_problem(host, *expected, pages)]), flush=True)
        shutil.rmtree(host.root)
        if finished:
            return


def kill_at_random(root: Path, times: int, seed: int) -> None:
    """Kill `times` agents at random times, one after the other, on one host with changing targets."""
    dice = random.Random(seed)
    host = Host(root / "template")
    names = ("one", "two", "three", "four", "bad")
    builds = {host.build(name): name for name in names}
    first, last = next(iter(builds)), list(builds)[2]
    assert run_in_fork(host, first, 1)
    for n in range(1, times + 1):
        build = dice.choice(list(builds))
        child = os.fork()
        if not child:
            run_and_exit(host, build, n + 1)
        time.sleep(dice.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print(json.dumps([n, slot_problem(host, builds, installed=True)]), flush=True)
    assert run_in_fork(host, last, times + 2)
    print(json.dumps([times + 1, host_problem(host, last, HostState.SERVING, builds)]), flush=True)


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir()
    (folder / "template").mkdir()
    if sys.argv[1] == "random":
        kill_at_random(folder, int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(sys.argv[1], folder)
