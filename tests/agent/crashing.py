"""Kills an agent with -9 at its n-th write, for every n, and looks at what the next agent makes of it.

A program of its own (`python -m tests.agent.crashing STORY FOLDER`, or `random FOLDER TIMES SEED` for kills at any
instant): each agent is a fork of it, so that what dies is
a real process and what it had in memory is really gone. Prints one JSON line per kill: n, and what was wrong or "".
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
from tests.agent.world import Host, point, target
from tests.fakes import MemoryStore

WRITES = ("open", "fsync", "replace", "symlink", "mkdir", "unlink", "rmdir", "fchmod")
WRITING = os.O_WRONLY | os.O_RDWR


def kill_at(n: int) -> None:
    """Make the n-th call from now on of anything that changes the disk the last thing that this process comes to."""
    left = n

    def deadly(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:
            nonlocal left
            if name != "open" or args[1] & WRITING:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **keywords)

        return call

    for name in WRITES:
        setattr(os, name, deadly(name, getattr(os, name)))


def agent_in_a_fork(host: Host, build: str, serial: int, n: int = 0) -> bool:
    """Let one agent bring the host to its target; whether it came to its end."""
    child = os.fork()
    if not child:
        live_and_exit(host, build, serial, n)
    _, ended = os.waitpid(child, 0)
    return ended == 0


def live_and_exit(host: Host, build: str, serial: int, n: int = 0) -> NoReturn:
    """In a fork: let one agent bring the host to its target, and never come back."""

    async def live() -> None:
        store = MemoryStore()
        await point(store, target(build, serial))
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


def whole(host: Host, pages: dict[str, str], installed: bool) -> str:
    """What is wrong with what the slots claim to hold; empty where every claim is true and the application has a
    build to be started in."""
    disk = Slots(host.folder).disk()
    if not disk.hot and (installed or (host.folder / "current").is_symlink()):
        return "there is no whole build that is hot"
    for label in (host.folder / "slots").glob("*.json"):
        build = json.loads(label.read_bytes())["build"]
        if (is_one := scan(label.with_suffix("")).id) != build:
            return f"slot {label.stem} says {pages[build]} and holds {pages.get(is_one, is_one)}"
    return ""


def judged(host: Host, build: str, state: HostState, pages: dict[str, str]) -> str:
    """What is wrong with the host after the second agent; empty where all is well."""
    intent, problem = load(host.folder)
    problems = [
        problem,
        whole(host, pages, installed=True),
        "" if Slots(host.folder).disk().hot == build else "another build is hot",
        "" if intent.state is state else f"it is {intent.state}: {intent.detail}",
        "" if host.serves() == pages[build] else f"the application serves {host.serves()!r}",
        "" if host.inside_balancer() else "it is still drained",
    ]
    return "; ".join(filter(None, problems))


def main(story: str, root: Path) -> None:
    first = Host(root / "template")
    names = ("older", "old", "bad" if story == "unwell" else "new")
    older, old, new = (first.build(name) for name in names)
    pages = dict(zip((older, old, new), names, strict=True))
    installed = story != "install"
    if installed:
        assert agent_in_a_fork(first, older, 1)
        assert agent_in_a_fork(first, old, 2)
    expected = (old, HostState.FAILED) if story == "unwell" else (new, HostState.SERVING)
    for n in range(1, 1000):
        host = Host(shutil.copytree(first.root, root / str(n), symlinks=True))
        ended = agent_in_a_fork(host, new, 3, n)
        problem = whole(host, pages, installed)
        if not ended and not agent_in_a_fork(host, new, 3):
            problem = problem or "the second agent did not come to its end"
        print(json.dumps([n, problem or judged(host, *expected, pages)]), flush=True)
        shutil.rmtree(host.root)
        if ended:
            return


def at_random(root: Path, times: int, seed: int) -> None:
    """Kill agents at any instant, `times` times, one after the other on the same host with changing targets."""
    dice = random.Random(seed)
    host = Host(root / "template")
    names = ("one", "two", "three", "four", "bad")
    builds = {host.build(name): name for name in names}
    first, last = next(iter(builds)), list(builds)[2]
    assert agent_in_a_fork(host, first, 1)
    for n in range(1, times + 1):
        build = dice.choice(list(builds))
        child = os.fork()
        if not child:
            live_and_exit(host, build, n + 1)
        time.sleep(dice.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print(json.dumps([n, whole(host, builds, installed=True)]), flush=True)
    assert agent_in_a_fork(host, last, times + 2)
    print(json.dumps([times + 1, judged(host, last, HostState.SERVING, builds)]), flush=True)


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir()
    (folder / "template").mkdir()
    if sys.argv[1] == "random":
        at_random(folder, int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(sys.argv[1], folder)
