"""One real host to test the agent on: packs, a folder of artifacts, processes, and an application made of files."""

import asyncio
import hashlib
import io
import os
import shutil
import signal
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cockpit.agent.loop import Agent
from cockpit.agent.settings import AgentSettings, HookSettings
from cockpit.deploy import keys
from cockpit.deploy.hosts import Status, Target
from cockpit.deploy.tiers import EVERY_HOST
from cockpit.ports import Failed, Outcome, Put, Store

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", **fields: object) -> Member:
    """A member of a tar as it would be written, whatever nonsense it says."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def packed(members: Sequence[Member]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def build_pack(says: str) -> bytes:
    """A small application: the page it serves, a program, a folder and a link."""
    return packed(
        [
            member("page", says.encode()),
            member("bin/serve", b"#!/bin/sh\n", mode=0o755),
            member("empty", type=tarfile.DIRTYPE),
            member("latest", type=tarfile.SYMTYPE, linkname="page"),
        ]
    )


class FolderArtifacts:
    """Packs in a folder, each named by its digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pulls = 0
        folder.mkdir(exist_ok=True)

    def add(self, pack: bytes) -> str:
        build = hashlib.sha256(pack).hexdigest()
        (self.folder / build).write_bytes(pack)
        return build

    def publish(self, build: str, packed: Path) -> None:
        shutil.copyfile(packed, self.folder / build)

    def pull(self, build: str, into: Path) -> int:
        self.pulls += 1
        try:
            shutil.copyfile(self.folder / build, into)
        except FileNotFoundError as error:
            raise Failed("artifacts", f"there is no {build[:10]}", "publish it again") from error
        return into.stat().st_size


class Processes:
    """Runs commands as real processes, each in a group of its own."""

    async def run(self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, timeout: float) -> Outcome:
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
            return Outcome(None, "")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return Outcome(process.returncode, output.decode(errors="replace"))


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
    artifacts: FolderArtifacts = field(init=False)
    tier: str = "canary"

    def __post_init__(self) -> None:
        self.artifacts = FolderArtifacts(self.root / "artifacts")
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
            "host1", self.tier, self.folder, "http://host1", hooks, heartbeat=0.05, patience=(0.02, 0.02, 0.02)
        )

    def agent(self, store: Store, **changes: Any) -> Agent:
        clock = asyncio.get_running_loop().time
        return Agent(self.settings(**changes), store, self.artifacts, Processes(), clock)

    def build(self, says: str) -> str:
        return self.artifacts.add(build_pack(says))

    def mark(self, name: str) -> Path:
        """A file by which hooks talk with the test."""
        return self.root / name

    def calls(self) -> list[str]:
        path = self.mark("calls")
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []

    def serves(self) -> str:
        """What the application answers: the page in the slot it was reloaded with."""
        return (self.folder / self.mark("app").read_text().strip() / "page").read_text()

    def inside_balancer(self) -> bool:
        return not self.mark("out").exists()


def target(build: str, serial: int, base: str = "", cutoff: str = EVERY_HOST, tier: str = "canary") -> Target:
    return Target(tier, serial, build, base, cutoff, 100, "salt", "2026-11-23.1")


async def point(store: Store, to: Target) -> None:
    await store.commit(Put(keys.target(to.tier), msgspec.json.encode(to)))


async def status(store: Store, tier: str = "canary") -> Status | None:
    entry = await store.get(keys.status(tier, "host1"))
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
