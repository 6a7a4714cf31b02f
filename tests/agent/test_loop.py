"""A host with real slots, real hooks and real packs follows its target."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from cockpit.adapters.command_runner import LocalCommands
from cockpit.adapters.leases import StoreLocks
from cockpit.agent.loop import Agent
from cockpit.deploy.builds.build import delta_name, delta_pack_name
from cockpit.deploy.cutoff import NO_HOST
from cockpit.deploy.hosts.status import HostState
from cockpit.ports import Delete, Failed, Heard, Put, unheard
from tests.adapters.test_command_runner import gone
from tests.agent.world import Host, application, eventually, installed, living, point, target, until
from tests.fakes import MemoryStore


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def test_a_first_install_serves_without_a_drain(host: Host, store: MemoryStore) -> None:
    async with living(host, store):
        empty = await until(store, lambda s: s.state is HostState.EMPTY)
        assert (empty.build, empty.url) == ("", "http://host1")
        build = host.build("first")
        await point(store, target(build, 1))
        now = await until(store, lambda s: s.serves(build))
    assert (now.serial, now.cold, now.failed, now.detail) == (1, (), "", "")
    assert now.pulled == sum((host.artifacts.folder / name).stat().st_size for name in host.artifacts.pulled)
    assert host.calls() == ["reload", "health", "undrain"]
    assert host.serves() == "first"


async def test_a_deploy_drains_switches_and_keeps_the_old_build(host: Host, store: MemoryStore) -> None:
    old, new = await installed(host, store), host.build("new")
    host.mark("calls").unlink()
    async with living(host, store):
        await point(store, target(new, 2))
        now = await until(store, lambda s: s.serves(new))
    assert now.cold == (old,)
    assert host.calls() == ["drain", "inflight", "reload", "health", "undrain"]
    assert host.serves() == "new"
    assert host.inside_balancer()
    assert not list(host.folder.glob("incoming/*"))


async def test_hooks_are_told_the_slot_that_is_hot(host: Host, store: MemoryStore) -> None:
    await installed(host, store)
    await point(store, target(host.build("new"), 2))
    await host.agent(store).once()
    lines = host.mark("calls").read_text().splitlines()
    assert lines[-5:] == [
        "drain a host1",
        "inflight a host1",
        "reload b host1",
        "health b host1",
        "undrain b host1",
    ]


async def test_a_rollback_pulls_nothing(host: Host, store: MemoryStore) -> None:
    old, new = await installed(host, store), host.build("new")
    await point(store, target(new, 2))
    assert (await host.agent(store).once()).serves(new)
    host.artifacts.pulled.clear()
    await point(store, target(old, 3))
    now = await host.agent(store).once()
    assert now.serves(old)
    assert (now.pulled, host.artifacts.pulled) == (0, [])
    assert host.serves() == "old"


async def test_hosts_beyond_the_cutoff_stay(host: Host, store: MemoryStore) -> None:
    old = await installed(host, store)
    await point(store, target(host.build("new"), 2, cutoff=NO_HOST))
    now = await host.agent(store).once()
    assert now.serves(old)
    assert now.serial == 2


async def test_a_build_that_is_not_well_goes_back_and_is_not_tried_again(host: Host, store: MemoryStore) -> None:
    old, bad = await installed(host, store), host.build("bad")
    await point(store, target(bad, 2))
    async with living(host, store):
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.cold, now.failed) == (old, (bad,), bad)
        assert "Traceback: page is bad" in now.detail
        assert host.serves() == "old"
        assert host.inside_balancer()
        calls = len(host.calls())
        await point(store, target(bad, 2, base=old))
        await asyncio.sleep(0.1)
        assert len(host.calls()) == calls
        await point(store, target(old, 3))
        assert (await until(store, lambda s: s.serves(old))).detail == ""
    assert len(host.calls()) == calls


async def test_a_health_hook_that_hangs_goes_back_too(host: Host, store: MemoryStore) -> None:
    old, new = await installed(host, store), host.build("new")
    host.mark("hanging-health").touch()
    await point(store, target(new, 2))
    async with living(host, store, health_most=0.2):
        now = await until(store, lambda s: s.state is HostState.FAILED)
    assert (now.build, now.failed) == (old, new)
    assert "did not end within 0.2 s" in now.detail
    # the old build could not be proved well either
    assert "stays drained" in now.detail
    assert not host.inside_balancer()
    host.mark("hanging-health").unlink()
    async with living(host, store):
        await until(store, lambda s: host.inside_balancer())
    assert host.serves() == "old"


FORKS = """
import os, sys, time
how, told = sys.argv[1:]
begun, begin = os.pipe()
child = os.fork()
if not child:
    if how == "flees":
        os.setsid()
    os.write(begin, b"1")
    time.sleep(600)
os.read(begun, 1)
open(told, "w").write(str(child))
"""


async def test_hooks_that_leave_children_behind_hold_up_no_deploy(host: Host, store: MemoryStore) -> None:
    """With the commands that hosts really run. One child keeps the hook's output open, and ends with the hook; the
    other is in a session of its own besides, where it is left alone."""
    old, new = await installed(host, store), host.build("new")
    children = {how: host.mark(how) for how in ("stays", "flees")}
    hooks = {how: (sys.executable, "-c", FORKS, how, str(told)) for how, told in children.items()}
    settings = host.settings(drain=hooks["stays"], reload=hooks["flees"], health=(), timeout=120.0)
    clock = asyncio.get_running_loop().time
    agent = Agent(settings, store, StoreLocks(store, clock), host.artifacts, LocalCommands(), clock)
    await point(store, target(new, 2))
    now = await agent.once()
    assert now.serves(new)
    assert now.cold == (old,)
    assert await gone(int(children["stays"].read_text()))
    os.kill(int(children["flees"].read_text()), signal.SIGKILL)


async def test_a_host_that_cannot_be_drained_stays_in_and_fails(host: Host, store: MemoryStore) -> None:
    old, new = await installed(host, store), host.build("new")
    host.mark("broken-drain").touch()
    await point(store, target(new, 2))
    now = await host.agent(store).once()
    assert (now.state, now.build, now.failed) == (HostState.FAILED, old, new)
    assert "no drain today" in now.detail
    assert host.calls()[-2:] == ["drain", "undrain"]


async def test_an_undrain_that_fails_is_tried_until_it_works(host: Host, store: MemoryStore) -> None:
    await installed(host, store)
    new = host.build("new")
    host.mark("broken-undrain").touch()
    await point(store, target(new, 2))
    async with living(host, store):
        now = await until(store, lambda s: "no undrain today" in s.detail)
        assert now.state is HostState.WARMING
        host.mark("broken-undrain").unlink()
        assert (await until(store, lambda s: s.serves(new))).detail == ""
    assert host.inside_balancer()


async def test_a_lower_serial_is_refused_also_by_the_next_agent(host: Host, store: MemoryStore) -> None:
    old, new = await installed(host, store), host.build("new")
    await point(store, target(new, 7))
    assert (await host.agent(store).once()).serves(new)
    await point(store, target(old, 6))
    async with living(host, store):
        now = await until(store, lambda s: "refused target 6" in s.detail)
        assert now.serves(new)
        await point(store, target(old, 8))
        await until(store, lambda s: s.serves(old) and not s.detail)


async def test_a_target_that_goes_away_or_breaks_changes_nothing(host: Host, store: MemoryStore) -> None:
    build = await installed(host, store)
    calls = host.calls()
    async with living(host, store):
        await until(store, lambda s: s.serves(build))
        await store.commit(Put("targets/canary", b"{ not json"))
        now = await until(store, lambda s: "unreadable" in s.detail)
        assert now.serves(build)
        await store.commit(Delete("targets/canary"))
        assert (await until(store, lambda s: not s.detail)).serves(build)
        new = host.build("new")
        await point(store, target(new, 2))
        await until(store, lambda s: s.serves(new))
    assert (host.folder / "slots/a").is_dir()
    assert host.calls()[: len(calls)] == calls


async def test_a_newer_target_interrupts_a_pull_at_once(host: Host, store: MemoryStore) -> None:
    await installed(host, store)
    slow, quick = host.build("slow"), host.build("quick")
    going, gate = threading.Event(), threading.Event()
    pull = host.artifacts.pull

    def waiting(name: str, into: Path, heard: Heard = unheard) -> int:
        if name.startswith(slow):
            going.set()
            gate.wait(10)
        return pull(name, into, heard)

    host.artifacts.pull = waiting  # type: ignore[method-assign]
    async with living(host, store):
        await point(store, target(slow, 2))
        await asyncio.to_thread(going.wait, 5)
        await point(store, target(quick, 3))
        await until(store, lambda s: s.serves(quick))
        gate.set()
        await eventually(lambda: not list(host.folder.glob("incoming/*")))
    assert host.serves() == "quick"


async def test_a_newer_target_interrupts_the_wait_between_tries(host: Host, store: MemoryStore) -> None:
    missing, good = "e" * 64, host.build("good")
    stop = asyncio.Event()
    agent = host.agent(store)
    object.__setattr__(agent._settings, "patience", (60.0,))
    running = asyncio.create_task(agent.run(stop))
    await point(store, target(missing, 1))
    await until(store, lambda s: "trying again" in s.detail)
    await point(store, target(good, 2))
    await until(store, lambda s: s.serves(good))
    stop.set()
    await running


async def test_an_agent_that_is_stopped_in_a_drain_is_followed_by_one_that_undrains(
    host: Host, store: MemoryStore
) -> None:
    old, new = await installed(host, store), host.build("new")
    host.mark("slow-inflight").touch()
    await point(store, target(new, 2))
    async with living(host, store, drain_most=60.0):
        await until(store, lambda s: s.state is HostState.DRAINING and not host.inside_balancer())
    await store.commit(Delete("targets/canary"))
    assert (await host.agent(store).once()).serves(old)
    assert host.inside_balancer()


async def test_a_second_agent_in_the_folder_is_refused(host: Host, store: MemoryStore) -> None:
    async with living(host, store):
        await until(store, lambda s: True)
        with pytest.raises(Failed, match="another agent"):
            await host.agent(store).run(asyncio.Event())


async def test_a_current_that_is_not_ours_stops_the_start_with_a_reason(host: Host, store: MemoryStore) -> None:
    host.folder.mkdir()
    (host.folder / "current").mkdir()
    with pytest.raises(Failed, match="move it away"):
        await host.agent(store).run(asyncio.Event())


async def test_a_host_that_does_not_change_beats(host: Host, store: MemoryStore) -> None:
    await installed(host, store)
    async with living(host, store):
        first = await until(store, lambda s: s.state is HostState.SERVING)
        later = await until(store, lambda s: s.at > first.at + 0.1)
    assert later.since == first.since


async def test_a_deploy_costs_two_requests_and_a_rollback_over_two_builds_none(host: Host, store: MemoryStore) -> None:
    first = await installed(host, store)
    second = host.build("second", first)
    third = host.build("third", first, second)
    host.artifacts.pulled.clear()
    for serial, build in enumerate((second, third), 2):
        await point(store, target(build, serial))
        assert (await host.agent(store).once()).serves(build)
    assert host.artifacts.pulled == [
        delta_name(second, first), delta_pack_name(second, first), delta_name(third, second),
        delta_pack_name(third, second),
    ]  # fmt: skip
    for serial, build in enumerate((first, third, second), 4):
        await point(store, target(build, serial))
        assert (await host.agent(store).once()).serves(build)
    assert len(host.artifacts.pulled) == 4


async def test_the_build_before_is_never_written_over(host: Host, store: MemoryStore) -> None:
    builds = [await installed(host, store, "0")]
    for number in range(1, 5):
        builds.append(host.build(str(number), builds[-1]))
        await point(store, target(builds[-1], number + 1))
        now = await host.agent(store).once()
        assert now.serves(builds[-1])
        assert builds[-2] in now.cold
    await point(store, target(host.build("bad"), 6))
    assert (await host.agent(store).once()).state is HostState.FAILED
    await point(store, target(host.build("good"), 7))
    now = await host.agent(store).once()
    assert builds[-1] in now.cold


async def test_a_swap_is_measured_and_outlives_the_agent(host: Host, store: MemoryStore) -> None:
    assert (await host.agent(store).once()).swap is None
    await installed(host, store)
    await point(store, target(new := host.build("new"), 2))
    swap = (await host.agent(store).once()).swap
    assert swap
    assert swap.flip is not None
    assert swap.build == new
    assert 0.0 <= swap.flip < swap.out
    assert (await host.agent(store).once()).swap == swap


async def test_while_a_build_comes_its_bytes_are_told(host: Host, store: MemoryStore) -> None:
    old = await installed(host, store)
    new = host.artifacts.add({**application("new"), "large": bytes(range(256)) * 1000}, old)
    half, go_on = threading.Event(), threading.Event()

    def stop_at_the_pack(name: str, whole: int) -> None:
        if name == delta_pack_name(new, old):
            half.set()
            assert go_on.wait(5)

    host.artifacts.meanwhile = stop_at_the_pack
    async with living(host, store):
        await point(store, target(new, 2))
        await asyncio.to_thread(half.wait, 5)
        told = await until(store, lambda s: s.pulling and s.pulling.total)
        assert told.pulling
        parts = (delta_name(new, old), delta_pack_name(new, old))
        size = sum((host.artifacts.folder / name).stat().st_size for name in parts)
        assert (told.state, told.pulling.build, told.pulling.total) == (HostState.PULLING, new, size)
        go_on.set()
        assert (await until(store, lambda s: s.serves(new))).pulling is None
