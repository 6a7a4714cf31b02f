"""A host to test the agent on: artifacts in a folder, real processes, and an application made of files."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from backports import zstd
from msgspec.structs import replace

from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.adapters.artifacts.publisher import publish
from cockpit.agent.loop import Agent
from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import full_name, manifest_name
from cockpit.deploy.builds.manifest import build_id
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.hosts.status import Status, Target
from cockpit.ports import CommandOutcome, ProgressCallback, Put, Store, ignore_progress

Tree = Mapping[str, bytes | str | None]
"""{path: bytes of a file, target of a symlink, or None for a folder}. Files in `bin/` are executable."""


def application(page: str) -> Tree:
    """A small application: the page it serves, a program, a folder and a link."""
    return {"page": page.encode(), "bin/serve": b"#!/bin/sh\n", "empty": None, "latest": "page"}


def lay_out(tree: Tree, folder: Path) -> Path:
    """Create the tree in the folder."""
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
    """A folder of artifacts that records pulls and accepts invalid builds."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.pulled: list[str] = []
        """The names of the pulled parts, in order."""
        self.on_chunk: Callable[[str, int], None] = lambda name, fetched: None
        """Called in the thread that pulls, after every chunk of a part."""
        folder.mkdir(exist_ok=True)

    def pull(self, name: str, into: Path, on_progress: ProgressCallback = ignore_progress) -> int:
        self.pulled.append(name)

        def report(fetched: int, total: int) -> None:
            on_progress(fetched, total)
            self.on_chunk(name, fetched)

        return super().pull(name, into, report)

    def add(self, tree: Tree, *bases: str) -> str:
        """Publish a valid build, with deltas from `bases`; return its id."""
        with tempfile.TemporaryDirectory() as place:
            source = lay_out(tree, Path(place, "source"))
            manifest = scan(source)
            publish(self, source, manifest, bases, Path(place))
            return manifest.id

    def plant(self, raw: bytes, contents: bytes = b"") -> str:
        """Publish any bytes as a manifest and a full pack; return the id."""
        build = build_id(raw)
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
# an application and a load balancer made of files: `app` is the slot it runs in, `out` means drained
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

    def settings(self, patience: tuple[float, ...] = (0.02, 0.02, 0.02), **changes: Any) -> HostSettings:
        """Settings with short times; `changes` are keys of the `[agent]` section."""

        def hook(name: str) -> tuple[str, ...]:
            return ("sh", str(self.root / "hook"), name)

        config = AgentConfig(
            hook("drain"),
            hook("inflight"),
            hook("reload"),
            hook("health"),
            hook("undrain"),
            timeout=5.0,
            drain_least=0.0,
            drain_most=0.3,
            health_most=0.5,
            heartbeat=0.05,
        )
        config = replace(config, **changes)
        return HostSettings(self.name, self.tier, self.folder, f"http://{self.name}", config, patience)

    def agent(self, store: Store, **changes: Any) -> Agent:
        clock = asyncio.get_running_loop().time
        return Agent(self.settings(**changes), store, self.artifacts, Processes(), clock)

    def build(self, page: str, *bases: str) -> str:
        return self.artifacts.add(application(page), *bases)

    def mark(self, name: str) -> Path:
        """A file through which hooks and the test communicate."""
        return self.root / name

    def calls(self) -> list[str]:
        """The hooks run so far, in order."""
        path = self.mark("calls")
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []

    def served_page(self) -> str:
        """The page that the application serves, from the slot it was reloaded with."""
        return (self.folder / self.mark("app").read_text().strip() / "page").read_text()

    def current_page(self) -> str:
        """The page in the hot slot."""
        return (self.folder / "current/page").read_text()

    def in_balancer(self) -> bool:
        return not self.mark("out").exists()


def target(
    build: str,
    serial: int,
    base: str = "",
    cutoff: str = EVERY_HOST,
    tier: str = "canary",
    max_unavailable: int = 0,
    rollback: bool = False,
) -> Target:
    return Target(tier, serial, build, base, cutoff, 100, "salt", "2026-11-23.1", max_unavailable, rollback)


async def set_target(store: Store, to: Target) -> None:
    await store.commit(Put(store_keys.target(to.tier), msgspec.json.encode(to)))


async def read_status(store: Store, tier: str = "canary") -> Status | None:
    entry = await store.get(store_keys.status(tier, "host1"))
    return msgspec.json.decode(entry.value, type=Status) if entry and entry.value else None


async def eventually(condition: Callable[[], object]) -> None:
    """Poll until the condition holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running_agent(host: Host, store: Store, **changes: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(host.agent(store, **changes).run(stop))
    try:
        yield
        assert not task.done(), "the agent ended by itself"
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


async def until(store: Store, condition: Callable[[Status], object]) -> Status:
    """Wait for a status that meets the condition; after 8 s, fail with the last one."""
    last = None
    try:
        async with asyncio.timeout(8):
            async for _ in store.watch("status/"):
                last = await read_status(store)
                if last and condition(last):
                    return last
    except TimeoutError:
        pytest.fail(f"the condition never held: {last}")
    raise AssertionError


async def install(host: Host, store: Store, page: str = "old") -> str:
    """Install a first build with target 1; return its id."""
    build = host.build(page)
    await set_target(store, target(build, 1))
    assert (await host.agent(store).once()).serves(build)
    return build
