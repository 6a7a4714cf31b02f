"""One real host to test the agent on: builds in a folder of artifacts, processes, and an application made of files."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from backports import zstd

from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.adapters.artifacts.publisher import publish
from cockpit.adapters.leases import StoreLocks
from cockpit.agent.loop import Agent
from cockpit.agent.settings import AgentSettings, HookSettings
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import full_name, manifest_name
from cockpit.deploy.builds.manifest import identify
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.hosts.status import Status, Target
from cockpit.ports import CommandOutcome, Heard, Put, Store, unheard

Tree = Mapping[str, bytes | str | None]
"""A folder: path to the content of a file, to where a symlink leads, or to None for a folder. `bin/` is executable."""


def application(says: str) -> Tree:
    """A small application: the page it serves, a program, a folder and a link."""
    return {"page": says.encode(), "bin/serve": b"#!/bin/sh\n", "empty": None, "latest": "page"}


def lay_out(tree: Tree, folder: Path) -> Path:
    """Make the folder."""
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case None:
                path.mkdir()
            case str():
                path.symlink_to(content)
            case bytes():
                path.write_bytes(content)
                path.chmod(0o755 if name.startswith("bin/") else 0o644)
    return folder


class Depot(FolderArtifacts):
    """A folder of artifacts that counts what is pulled and takes builds of any kind."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.pulled: list[str] = []
        """The names of parts, in the order in which they were asked for."""
        self.meanwhile: Callable[[str, int], None] = lambda name, so_far: None
        """Called in the thread that pulls, after every piece of a part."""
        folder.mkdir(exist_ok=True)

    def pull(self, name: str, into: Path, heard: Heard = unheard) -> int:
        self.pulled.append(name)

        def told(so_far: int, whole: int) -> None:
            heard(so_far, whole)
            self.meanwhile(name, so_far)

        return super().pull(name, into, told)

    def add(self, tree: Tree, *bases: str) -> str:
        """Publish an honest build, with deltas from `bases`; its id."""
        with tempfile.TemporaryDirectory() as place:
            made = lay_out(tree, Path(place, "made"))
            manifest = scan(made)
            publish(self, made, manifest, bases, Path(place))
            return manifest.id

    def plant(self, raw: bytes, contents: bytes = b"") -> str:
        """Put any bytes in the place of a manifest and of a full pack; the id."""
        build = identify(raw)
        (self.folder / build).mkdir()
        (self.folder / manifest_name(build)).write_bytes(zstd.compress(raw))
        (self.folder / full_name(build)).write_bytes(zstd.compress(contents))
        return build


class Processes:
    """Runs commands as real processes, each in a group of its own."""

    async def run(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, timeout: float
    ) -> CommandOutcome:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env={**os.environ, **env},
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(timeout):
                output, _ = await process.communicate()
        except TimeoutError:
            return CommandOutcome(None, "")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return CommandOutcome(process.returncode, output.decode(errors="replace"))


HOOK = """#!/bin/sh
# an application and a load balancer made of files: `app` is the slot it was started in, `out` means drained
echo "$1 $(basename "$COCKPIT_SLOT") $COCKPIT_HOST" >> "$COCKPIT_FOLDER/../calls"
cd "$COCKPIT_FOLDER/.." || exit 1
[ -f "broken-$1" ] && { echo "no $1 today"; exit 1; }
[ -f "hanging-$1" ] && sleep 30
[ -f "slow-$1" ] && { echo "not yet"; exit 75; }
case $1 in
  drain) touch out ;;
  undrain) rm -f out ;;
  reload) readlink host/current > app ;;
  health)
    [ "$(cat app)" = "slots/$(basename "$COCKPIT_SLOT")" ] || { echo "the application is on $(cat app)"; exit 1; }
    grep -q "$COCKPIT_BUILD" "$COCKPIT_SLOT.json" || { echo "the slot holds another build"; exit 1; }
    grep -q bad host/current/page && { echo "Traceback: page is bad"; exit 1; }
    exit 0 ;;
esac
"""


@dataclass
class Host:
    """A host in a folder of its own."""

    root: Path
    artifacts: Depot = field(init=False)
    tier: str = "canary"
    name: str = "host1"

    def __post_init__(self) -> None:
        self.artifacts = Depot(self.root / "artifacts")
        (self.root / "hook").write_text(HOOK)

    @property
    def folder(self) -> Path:
        return self.root / "host"

    def settings(self, **changes: Any) -> AgentSettings:
        def hook(name: str) -> tuple[str, ...]:
            return ("sh", str(self.root / "hook"), name)

        hooks = HookSettings(
            hook("drain"),
            hook("inflight"),
            hook("reload"),
            hook("health"),
            hook("undrain"),
            timeout=5.0,
            drain_most=0.3,
            health_most=0.5,
        )
        hooks = replace(hooks, **changes)
        return AgentSettings(
            self.name, self.tier, self.folder, f"http://{self.name}", hooks, heartbeat=0.05, patience=(0.02, 0.02, 0.02)
        )

    def agent(self, store: Store, **changes: Any) -> Agent:
        clock = asyncio.get_running_loop().time
        return Agent(self.settings(**changes), store, StoreLocks(store, clock), self.artifacts, Processes(), clock)

    def build(self, says: str, *bases: str) -> str:
        return self.artifacts.add(application(says), *bases)

    def mark(self, name: str) -> Path:
        """A file by which hooks talk with the test."""
        return self.root / name

    def calls(self) -> list[str]:
        path = self.mark("calls")
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []

    def serves(self) -> str:
        """What the application answers: the page in the slot it was reloaded with."""
        return (self.folder / self.mark("app").read_text().strip() / "page").read_text()

    def serves_by_link(self) -> str:
        """The page in the slot that `current` names."""
        return (self.folder / "current/page").read_text()

    def inside_balancer(self) -> bool:
        return not self.mark("out").exists()


def target(
    build: str, serial: int, base: str = "", cutoff: str = EVERY_HOST, tier: str = "canary", permits: int = 0
) -> Target:
    return Target(tier, serial, build, base, cutoff, 100, "salt", "2026-11-23.1", permits)


async def point(store: Store, to: Target) -> None:
    await store.commit(Put(store_keys.target(to.tier), msgspec.json.encode(to)))


async def status(store: Store, tier: str = "canary") -> Status | None:
    entry = await store.get(store_keys.status(tier, "host1"))
    return msgspec.json.decode(entry.value, type=Status) if entry and entry.value else None


async def eventually(holds: Callable[[], object]) -> None:
    """Wait until it holds; for what tells nobody that it changed."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@asynccontextmanager
async def living(host: Host, store: Store, **changes: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(host.agent(store, **changes).run(stop))
    try:
        yield
        assert not running.done(), "the agent ended by itself"
    finally:
        stop.set()
        await asyncio.wait_for(running, 5)


async def until(store: Store, holds: Callable[[Status], object]) -> Status:
    """The first status that is as wished; the test fails by naming the last one."""
    last = None
    try:
        async with asyncio.timeout(8):
            async for _ in store.watch("status/"):
                last = await status(store)
                if last and holds(last):
                    return last
    except TimeoutError:
        pytest.fail(f"it never came to that: {last}")
    raise AssertionError


async def installed(host: Host, store: Store, says: str = "old") -> str:
    """A host that serves its first build, obeying target 1."""
    build = host.build(says)
    await point(store, target(build, 1))
    assert (await host.agent(store).once()).serves(build)
    return build
