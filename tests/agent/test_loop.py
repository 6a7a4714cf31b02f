"""A host with real slots, hooks and packs follows its target."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from cockpit.adapters.command_runner import LocalCommands
from cockpit.agent.loop import Agent
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import delta_name, delta_pack_name, manifest_name
from cockpit.deploy.cutoff import NO_HOST
from cockpit.deploy.hosts.status import HostState
from cockpit.ports import Delete, Failed, ProgressCallback, Put, ignore_progress
from tests.adapters.test_command_runner import has_ended
from tests.agent.hosts import Host, application, eventually, install, running_agent, set_target, target, until
from tests.fakes import MemoryStore


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def test_a_first_install_does_not_drain(host: Host, store: MemoryStore) -> None:
    async with running_agent(host, store):
        empty = await until(store, lambda s: s.state is HostState.EMPTY)
        assert (empty.build, empty.url) == ("", "http://host1")
        build = host.build("first")
        await set_target(store, target(build, 1))
        now = await until(store, lambda s: s.serves(build))
    assert (now.serial, now.cold, now.failed, now.detail) == (1, (), "", "")
    assert now.pulled == sum((host.artifacts.folder / name).stat().st_size for name in host.artifacts.pulled)
    assert host.calls() == ["reload", "health", "undrain"]
    assert host.served_page() == "first"


async def test_a_deploy_drains_swaps_and_keeps_the_old_build(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    host.mark("calls").unlink()
    async with running_agent(host, store):
        await set_target(store, target(new, 2))
        now = await until(store, lambda s: s.serves(new))
    assert now.cold == (old,)
    assert host.calls() == ["drain", "inflight", "reload", "health", "undrain"]
    assert host.served_page() == "new"
    assert host.in_balancer()
    assert not list(host.folder.glob("incoming/*"))


async def test_hooks_get_the_hot_slot(host: Host, store: MemoryStore) -> None:
    await install(host, store)
    await set_target(store, target(host.build("new"), 2))
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
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 2))
    assert (await host.agent(store).once()).serves(new)
    host.artifacts.pulled.clear()
    await set_target(store, target(old, 3))
    now = await host.agent(store).once()
    assert now.serves(old)
    assert (now.pulled, host.artifacts.pulled) == (0, [])
    assert host.served_page() == "old"


async def test_a_host_beyond_the_cutoff_keeps_its_build(host: Host, store: MemoryStore) -> None:
    old = await install(host, store)
    await set_target(store, target(host.build("new"), 2, cutoff=NO_HOST))
    now = await host.agent(store).once()
    assert now.serves(old)
    assert now.serial == 2


async def test_an_unhealthy_build_is_reverted_and_not_tried_again(host: Host, store: MemoryStore) -> None:
    old, bad = await install(host, store), host.build("bad")
    await set_target(store, target(bad, 2))
    async with running_agent(host, store):
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.cold, now.failed) == (old, (bad,), bad)
        assert "Traceback: page is bad" in now.detail
        assert host.served_page() == "old"
        assert host.in_balancer()
        calls = len(host.calls())
        await set_target(store, target(bad, 2, base=old))
        await asyncio.sleep(0.1)
        assert len(host.calls()) == calls
        await set_target(store, target(old, 3))
        assert (await until(store, lambda s: s.serves(old))).detail == ""
    assert len(host.calls()) == calls


async def test_a_health_hook_that_hangs_reverts_the_build(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    host.mark("hanging-health").touch()
    await set_target(store, target(new, 2))
    # the health check of the old build hangs too, and is tried until it ends
    async with running_agent(host, store, health_most=0.2, stuck_after=0.5):
        now = await until(store, lambda s: s.stuck)
    assert (now.state, now.build, now.failed) == (HostState.REVERTING, old, new)
    assert "hook health: did not end within 0.2 s" in now.detail
    assert not host.in_balancer()
    host.mark("hanging-health").unlink()
    async with running_agent(host, store):
        await until(store, lambda s: host.in_balancer())
    assert host.served_page() == "old"


@pytest.mark.parametrize("hook", ["drain", "inflight", "reload", "health", "undrain"])
async def test_a_hook_that_fails_for_a_while_does_not_end_a_rollback(host: Host, store: MemoryStore, hook: str) -> None:
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 2))
    assert (await host.agent(store).once()).serves(new)
    host.mark(f"broken-{hook}").touch()
    await set_target(store, target(old, 3))
    async with running_agent(host, store, stuck_after=0.3):
        now = await until(store, lambda s: f"no {hook} today" in s.detail)
        assert (now.failed, now.stuck) == ("", False)
        now = await until(store, lambda s: s.stuck)
        assert now.failed == ""
        assert f"hook {hook}: exit 1: no {hook} today" in now.detail
    async with running_agent(host, store, stuck_after=0.3):  # the agent is restarted meanwhile
        assert (await until(store, lambda s: f"no {hook} today" in s.detail)).failed == ""
        host.mark(f"broken-{hook}").unlink()
        now = await until(store, lambda s: s.serves(old))
    assert (now.detail, now.stuck) == ("", False)
    assert host.served_page() == "old"
    assert host.in_balancer()


def damage(host: Host, page: str) -> None:
    """Change a byte of the cold slot with that page."""
    hot = (host.folder / "current").resolve()
    slot = next(path.parent for path in host.folder.glob("slots/*/page") if path.read_text() == page)
    assert slot != hot
    (slot / "page").write_text("x" * len(page))


async def test_a_slot_damaged_at_rest_is_found_and_pulled_again(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 2))
    async with running_agent(host, store, prove_every=0.2):
        await until(store, lambda s: s.serves(new) and s.proved == (old,))
        away = host.artifacts.folder.rename(host.mark("away"))
        damage(host, "old")
        now = await until(store, lambda s: "was damaged" in s.detail)
        assert now.serves(new), "it goes on"
        assert (now.cold, now.proved) == ((), ())
        assert "the content of page has changed" in now.detail
        away.rename(host.artifacts.folder)
        await set_target(store, target(new, 3))
        now = await until(store, lambda s: s.proved == (old,) and not s.detail)
        host.artifacts.pulled.clear()
        await set_target(store, target(old, 4))
        await until(store, lambda s: s.serves(old))
    assert host.served_page() == "old"
    assert host.artifacts.pulled == []


async def test_a_rollback_to_a_damaged_slot_pulls_it_before_the_drain(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 2))
    assert (await host.agent(store).once()).serves(new)
    damage(host, "old")
    away = host.artifacts.folder.rename(host.mark("away"))
    calls = host.calls()
    await set_target(store, target(old, 3))
    async with running_agent(host, store, stuck_after=0.2):
        now = await until(store, lambda s: s.stuck)
        assert (now.build, now.failed) == (new, "")
        assert "stuck for" in now.detail
        assert f"pulling {old[:10]}, {new[:10]} continues to serve" in now.detail
        assert host.calls() == calls, "it has not left its balancer"
        away.rename(host.artifacts.folder)
        await until(store, lambda s: s.serves(old) and not s.detail)
    assert host.served_page() == "old"


async def test_slots_are_not_proved_if_that_is_switched_off(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 2))
    async with running_agent(host, store, prove_every=0.0):
        now = await until(store, lambda s: s.serves(new))
    assert (now.cold, now.proved) == ((old,), None)


async def test_a_host_whose_hook_fails_obeys_a_newer_target(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 2))
    assert (await host.agent(store).once()).serves(new)
    host.mark("broken-drain").touch()
    await set_target(store, target(old, 3))
    async with running_agent(host, store):
        await until(store, lambda s: "no drain today" in s.detail)
        await set_target(store, target(new, 4))
        await until(store, lambda s: s.serves(new) and not s.detail)
        assert host.in_balancer()


FORKS = """
import os, sys, time
how, path = sys.argv[1:]
read_end, write_end = os.pipe()
child = os.fork()
if not child:
    if how == "escapes":
        os.setsid()
    os.write(write_end, b"1")
    time.sleep(600)
os.read(read_end, 1)
open(path, "w").write(str(child))
"""


async def test_children_of_a_hook_do_not_delay_a_deploy(host: Host, store: MemoryStore) -> None:
    """Uses `LocalCommands`, as real hosts do. Both children keep the hook's output open. One ends with the hook; the
    other has its own session and is left alone."""
    old, new = await install(host, store), host.build("new")
    children = {how: host.mark(how) for how in ("stays", "escapes")}
    hooks = {how: (sys.executable, "-c", FORKS, how, str(path)) for how, path in children.items()}
    settings = host.settings(drain=hooks["stays"], reload=hooks["escapes"], health=(), timeout=120.0)
    clock = asyncio.get_running_loop().time
    agent = Agent(settings, store, host.artifacts, LocalCommands(), clock)
    await set_target(store, target(new, 2))
    now = await agent.once()
    assert now.serves(new)
    assert now.cold == (old,)
    assert await has_ended(int(children["stays"].read_text()))
    os.kill(int(children["escapes"].read_text()), signal.SIGKILL)


async def test_a_failed_drain_leaves_the_host_in_its_balancer(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    host.mark("broken-drain").touch()
    await set_target(store, target(new, 2))
    now = await host.agent(store).once()
    assert (now.state, now.build, now.failed) == (HostState.FAILED, old, new)
    assert "no drain today" in now.detail
    assert host.calls()[-2:] == ["drain", "undrain"]


async def test_a_failed_undrain_is_retried_until_it_works(host: Host, store: MemoryStore) -> None:
    await install(host, store)
    new = host.build("new")
    host.mark("broken-undrain").touch()
    await set_target(store, target(new, 2))
    async with running_agent(host, store):
        now = await until(store, lambda s: "no undrain today" in s.detail)
        assert now.state is HostState.WARMING
        host.mark("broken-undrain").unlink()
        assert (await until(store, lambda s: s.serves(new))).detail == ""
    assert host.in_balancer()


async def test_a_lower_serial_is_refused_even_by_the_next_agent(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 7))
    assert (await host.agent(store).once()).serves(new)
    await set_target(store, target(old, 6))
    async with running_agent(host, store):
        now = await until(store, lambda s: "refused target 6" in s.detail)
        assert now.serves(new)
        await set_target(store, target(old, 8))
        await until(store, lambda s: s.serves(old) and not s.detail)


async def test_a_removed_or_invalid_target_changes_nothing(host: Host, store: MemoryStore) -> None:
    build = await install(host, store)
    calls = host.calls()
    async with running_agent(host, store):
        await until(store, lambda s: s.serves(build))
        await store.commit(Put("targets/canary", b"{ not json"))
        now = await until(store, lambda s: "unreadable" in s.detail)
        assert now.serves(build)
        await store.commit(Delete("targets/canary"))
        assert (await until(store, lambda s: not s.detail)).serves(build)
        new = host.build("new")
        await set_target(store, target(new, 2))
        await until(store, lambda s: s.serves(new))
    assert (host.folder / "slots/a").is_dir()
    assert host.calls()[: len(calls)] == calls


async def test_a_newer_target_interrupts_a_pull_at_once(host: Host, store: MemoryStore) -> None:
    await install(host, store)
    slow, quick = host.build("slow"), host.build("quick")
    started, gate = threading.Event(), threading.Event()
    pull = host.artifacts.pull

    def pull_slowly(name: str, into: Path, on_progress: ProgressCallback = ignore_progress) -> int:
        if name.startswith(slow):
            started.set()
            gate.wait(10)
        return pull(name, into, on_progress)

    host.artifacts.pull = pull_slowly  # type: ignore[method-assign]
    async with running_agent(host, store):
        await set_target(store, target(slow, 2))
        await asyncio.to_thread(started.wait, 5)
        await set_target(store, target(quick, 3))
        await until(store, lambda s: s.serves(quick))
        gate.set()
        await eventually(lambda: not list(host.folder.glob("incoming/*")))
    assert host.served_page() == "quick"


async def test_a_newer_target_interrupts_the_wait_between_tries(host: Host, store: MemoryStore) -> None:
    missing, good = "e" * 64, host.build("good")
    async with running_agent(host, store, patience=(60.0,)):
        await set_target(store, target(missing, 1))
        await until(store, lambda s: "trying again" in s.detail)
        await set_target(store, target(good, 2))
        await until(store, lambda s: s.serves(good))


async def test_after_a_stop_during_a_drain_the_next_agent_undrains(host: Host, store: MemoryStore) -> None:
    old, new = await install(host, store), host.build("new")
    host.mark("slow-inflight").touch()
    await set_target(store, target(new, 2))
    async with running_agent(host, store, drain_most=60.0):
        await until(store, lambda s: s.state is HostState.DRAINING and not host.in_balancer())
    await store.commit(Delete("targets/canary"))
    assert (await host.agent(store).once()).serves(old)
    assert host.in_balancer()


async def test_a_second_agent_in_the_folder_is_refused(host: Host, store: MemoryStore) -> None:
    async with running_agent(host, store):
        await until(store, lambda s: True)
        with pytest.raises(Failed, match="another agent"):
            await host.agent(store).run(asyncio.Event())


async def test_a_foreign_current_stops_the_start_with_a_reason(host: Host, store: MemoryStore) -> None:
    host.folder.mkdir()
    (host.folder / "current").mkdir()
    with pytest.raises(Failed, match="move it away"):
        await host.agent(store).run(asyncio.Event())


async def test_an_unchanged_host_sends_heartbeats(host: Host, store: MemoryStore) -> None:
    await install(host, store)
    async with running_agent(host, store):
        first = await until(store, lambda s: s.state is HostState.SERVING)
        later = await until(store, lambda s: s.at > first.at + 0.1)
    assert later.since == first.since


async def test_a_deploy_needs_two_requests_and_a_rollback_over_two_builds_none(host: Host, store: MemoryStore) -> None:
    first = await install(host, store)
    second = host.build("second", first)
    third = host.build("third", first, second)
    host.artifacts.pulled.clear()
    for serial, build in enumerate((second, third), 2):
        await set_target(store, target(build, serial))
        assert (await host.agent(store).once()).serves(build)
    assert host.artifacts.pulled == [
        delta_name(second, first), delta_pack_name(second, first), delta_name(third, second),
        delta_pack_name(third, second),
    ]  # fmt: skip
    for serial, build in enumerate((first, third, second), 4):
        await set_target(store, target(build, serial))
        assert (await host.agent(store).once()).serves(build)
    assert len(host.artifacts.pulled) == 4


async def test_the_build_before_is_never_overwritten(host: Host, store: MemoryStore) -> None:
    builds = [await install(host, store, "0")]
    for number in range(1, 5):
        builds.append(host.build(str(number), builds[-1]))
        await set_target(store, target(builds[-1], number + 1))
        now = await host.agent(store).once()
        assert now.serves(builds[-1])
        assert builds[-2] in now.cold
    await set_target(store, target(host.build("bad"), 6))
    assert (await host.agent(store).once()).state is HostState.FAILED
    await set_target(store, target(host.build("good"), 7))
    now = await host.agent(store).once()
    assert builds[-1] in now.cold


async def test_the_times_of_a_swap_outlive_the_agent(host: Host, store: MemoryStore) -> None:
    assert (await host.agent(store).once()).swap is None
    await install(host, store)
    await set_target(store, target(new := host.build("new"), 2))
    swap = (await host.agent(store).once()).swap
    assert swap
    assert swap.flip is not None
    assert swap.build == new
    assert 0.0 <= swap.flip < swap.out
    assert (await host.agent(store).once()).swap == swap


async def test_the_status_shows_the_progress_of_a_pull(host: Host, store: MemoryStore) -> None:
    old = await install(host, store)
    new = host.artifacts.add({**application("new"), "large": bytes(range(256)) * 1000}, old)
    reached, proceed = threading.Event(), threading.Event()

    def stop_at_the_pack(name: str, fetched: int) -> None:
        if name == delta_pack_name(new, old):
            reached.set()
            assert proceed.wait(5)

    host.artifacts.on_chunk = stop_at_the_pack
    async with running_agent(host, store):
        await set_target(store, target(new, 2))
        await asyncio.to_thread(reached.wait, 5)
        now = await until(store, lambda s: s.pulling and s.pulling.total)
        assert now.pulling
        parts = (delta_name(new, old), delta_pack_name(new, old))
        size = sum((host.artifacts.folder / name).stat().st_size for name in parts)
        assert (now.state, now.pulling.build, now.pulling.total) == (HostState.PULLING, new, size)
        proceed.set()
        assert (await until(store, lambda s: s.serves(new))).pulling is None


async def test_the_first_retry_comes_after_the_first_pause(host: Host, store: MemoryStore) -> None:
    build = host.build("first")
    manifest = host.artifacts.folder / manifest_name(build)
    content = manifest.read_bytes()
    manifest.unlink()
    async with running_agent(host, store, patience=(0.01, 60.0)):
        await set_target(store, target(build, 1))
        await eventually(lambda: host.artifacts.pulled)
        manifest.write_bytes(content)
        await until(store, lambda s: s.serves(build))


async def test_an_error_leaves_the_status_at_once_when_its_act_is_no_longer_needed(
    host: Host, store: MemoryStore
) -> None:
    await install(host, store)
    missing = "e" * 64
    async with running_agent(host, store, patience=(60.0,), heartbeat=60.0):
        await store.commit(Put(store_keys.announced("canary"), b'{"build":"%s"}' % missing.encode()))
        await until(store, lambda s: "is not in" in s.detail)
        await store.commit(Put(store_keys.announced("canary"), b'{"build":""}'))
        await until(store, lambda s: not s.detail)
