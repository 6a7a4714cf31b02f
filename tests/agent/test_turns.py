"""At most `max_unavailable` hosts are out of the load balancer, and no host delays the others for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cockpit.adapters.leases import StoreLocks
from cockpit.agent import turns as agent_turns
from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.agent.turns import Turns
from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.hosts.turns import Turn
from cockpit.ports import Entry, Failed, Put, Store, Write
from tests.agent.hosts import Host, eventually, install, running_agent, set_target, target, until
from tests.fakes import MemoryStore
from tests.stores import STORES, open_store

PATIENT = {"timeout": 20.0, "drain_most": 5.0, "health_most": 20.0}
"""Settings of agents that succeed on a slow machine too."""
QUICK = {"timeout": 0.8, "drain_most": 0.3, "health_most": 0.8}
"""Settings of agents whose turn lasts 5.1 s at most."""


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(request.param, tmp_path, request) as store:
        yield store


def turns(store: Store, host: str, tier: str = "canary", **changes: Any) -> Turns:
    config = AgentConfig(drain_least=0.0, **changes)
    return Turns(store, HostSettings(host, tier, Path(), config=config), asyncio.get_running_loop().time)


async def turn_of(store: Store, host: str) -> int:
    """The version of the host's turn; 0 if it has none."""
    entry = await store.get(store_keys.turn("canary", host))
    return entry.version if entry else 0


async def until_gone(store: Store, host: str) -> None:
    async with asyncio.timeout(5):
        while await turn_of(store, host):  # noqa: ASYNC110 - the store is watched by nothing here
            await asyncio.sleep(0.01)


async def test_as_many_hosts_leave_as_the_target_allows_and_one_more_for_each_that_is_back(store: Store) -> None:
    hosts = {f"web-{n}": turns(store, f"web-{n}") for n in range(4)}
    wanted = target("a" * 64, 2, max_unavailable=2)
    waits = [await host.ask(wanted) for host in hosts.values()]
    assert waits[:2] == ["", ""]
    assert waits[2] == "waits for its turn: after web-0 (no status) and 1 more"
    assert [host.granted for host in hosts.values()] == [True, True, False, False]
    hosts["web-1"].finish()
    await hosts["web-1"].close()
    assert await turn_of(store, "web-1") == 0
    await asyncio.sleep(0.05)  # the list of four turns is read again after 0.02 s
    assert [await hosts[name].ask(wanted) == "" for name in ("web-3", "web-2", "web-3")] == [False, True, False]


async def test_each_tier_has_its_own_turns(store: Store) -> None:
    wanted = target("a" * 64, 2, max_unavailable=1)
    assert await turns(store, "a").ask(wanted) == ""
    assert await turns(store, "b", tier="canary2").ask(wanted) == ""


async def test_a_host_waits_in_its_load_balancer_and_says_for_whom(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old, new = await install(host, store), host.build("new")
    other = turns(store, "web-3")
    wanted = target(new, 2, max_unavailable=1)
    assert await other.ask(wanted) == ""
    await report(store, "web-3", HostState.DRAINING, since=4.0)
    async with running_agent(host, store):
        await set_target(store, wanted)
        now = await until(store, lambda s: "waits for its turn: after web-3 (draining, " in s.detail)
        assert (now.state, now.build, now.out) == (HostState.PREPARED, old, False)
        assert host.in_balancer()
        other.finish()
        await other.close()
        assert (await until(store, lambda s: s.serves(new) and not s.out)).detail == ""
        await eventually(host.in_balancer)
        await until_gone(store, "host1")


async def report(store: Store, host: str, state: HostState, since: float = 0.0, serial: int = 2) -> None:
    """Write a status of a host that is out."""
    now = asyncio.get_running_loop().time()
    status = Status(host, "canary", state, now, now - since, serial=serial, out=True)
    await store.commit(Put(store_keys.status("canary", host), msgspec.json.encode(status)))


async def fleet(folder: Path, store: Store, many: int) -> tuple[list[Host], str, str]:
    """Hosts that serve an old build and have a new one on disk, and both builds."""
    hosts = []
    for number in range(many):
        (folder / str(number)).mkdir()
        hosts.append(Host(folder / str(number), name=f"web-{number}"))
    old, new = ({host.build(page) for host in hosts}.pop() for page in ("old", "new"))
    await set_target(store, target(old, 1))
    await asyncio.gather(*(host.agent(store).once() for host in hosts))
    return hosts, old, new


@asynccontextmanager
async def running(hosts: Sequence[Host], store: Store, **changes: Any) -> AsyncIterator[None]:
    async with AsyncExitStack() as agents:
        for host in hosts:
            await agents.enter_async_context(running_agent(host, store, **changes))
        yield


@asynccontextmanager
async def restartable(host: Host, store: Store, **changes: Any) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Run the host's agent; the value stops it and starts another."""
    agent = AsyncExitStack()

    async def restart() -> None:
        await agent.aclose()
        await agent.enter_async_context(running_agent(host, store, **changes))

    await restart()
    try:
        yield restart
    finally:
        await agent.aclose()


async def most_out_until(hosts: Sequence[Host], page: str, most_seconds: float = 60.0) -> int:
    """The most hosts that were out until all serve the page."""
    most = 0
    async with asyncio.timeout(most_seconds):
        while any(host.current_page() != page or not host.in_balancer() for host in hosts):
            most = max(most, sum(not host.in_balancer() for host in hosts))
            await asyncio.sleep(0.002)
    return most


async def test_a_tier_swaps_with_one_host_out_at_a_time_also_if_the_target_changes_meanwhile(tmp_path: Path) -> None:
    store = MemoryStore()
    hosts, old, new = await fleet(tmp_path, store, 4)
    async with running(hosts, store, **PATIENT):
        await set_target(store, target(new, 2, max_unavailable=1))
        await eventually(lambda: any(not host.in_balancer() for host in hosts))
        await set_target(store, target(old, 3, max_unavailable=1, rollback=True))
        assert await most_out_until(hosts, "old") <= 1
        await set_target(store, target(new, 4, max_unavailable=1))
        assert await most_out_until(hosts, "new") == 1


async def test_restarts_of_stuck_agents_take_no_further_host_out(tmp_path: Path) -> None:
    store = MemoryStore()
    hosts, old, new = await fleet(tmp_path, store, 4)
    for host in hosts:
        host.mark("broken-health").touch()  # neither build is healthy: a host that leaves stays out
    await set_target(store, target(new, 2, max_unavailable=1))
    async with AsyncExitStack() as rest:
        agents = [await rest.enter_async_context(restartable(host, store, **QUICK)) for host in hosts]
        await eventually(lambda: any(not host.in_balancer() for host in hosts))
        for _ in hosts:
            out = [not host.in_balancer() for host in hosts]
            assert sum(out) == 1
            await agents[out.index(True)]()
            await asyncio.sleep(1.5)  # a turn of the host that is out lasts longer than that of any other may
    async with running(hosts, store, **QUICK):  # and all of them at once
        await asyncio.sleep(1.0)
        assert sum(not host.in_balancer() for host in hosts) == 1
    for host in hosts:
        host.mark("broken-health").unlink()
    async with running(hosts, store):
        await set_target(store, target(old, 3, max_unavailable=1, rollback=True))
        assert await most_out_until(hosts, "old") == 1


async def test_in_a_rollback_no_host_waits_for_one_that_failed_and_stays_out(tmp_path: Path) -> None:
    store = MemoryStore()
    hosts, old, new = await fleet(tmp_path, store, 3)
    async with running(hosts, store, **PATIENT):
        await set_target(store, target(new, 2, max_unavailable=1))
        await most_out_until(hosts, "new")
    await Turns(store, HostSettings("dead", "canary", tmp_path), lambda: 0.0).ask(target(new, 2, max_unavailable=1))
    reports = asyncio.create_task(report_for_ever(store, "dead", HostState.FAILED))
    async with running(hosts, store, **QUICK):
        newer = {host.build("newer") for host in hosts}.pop()
        await set_target(store, target(newer, 3, max_unavailable=1))
        await asyncio.sleep(5.5)  # longer than a turn lasts
        assert [host.current_page() for host in hosts] == ["new"] * 3
        await set_target(store, target(old, 4, max_unavailable=1, rollback=True))
        assert await most_out_until(hosts, "old", 30) == 1
    reports.cancel()


async def report_for_ever(store: Store, host: str, state: HostState) -> None:
    while True:
        await report(store, host, state)
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("state", [HostState.PREPARED, HostState.DRAINING])
async def test_all_hosts_go_back_although_one_lies_about_its_turn_for_ever(tmp_path: Path, state: HostState) -> None:
    store = MemoryStore()
    hosts, old, new = await fleet(tmp_path, store, 10)
    async with running(hosts, store, **PATIENT):
        await set_target(store, target(new, 2))
        await most_out_until(hosts, "new")
    liar, honest = hosts[0], hosts[1:]
    await turns(store, liar.name).ask(target(old, 3, max_unavailable=1, rollback=True))
    lies = asyncio.create_task(report_for_ever(store, liar.name, state))
    async with running(honest, store, **QUICK):
        await set_target(store, target(old, 3, max_unavailable=1, rollback=True))
        assert await most_out_until(honest, "old", 60) == 1
    lies.cancel()


async def test_all_hosts_go_back_although_the_hook_of_one_hangs(tmp_path: Path) -> None:
    store = MemoryStore()
    hosts, old, new = await fleet(tmp_path, store, 4)
    async with running(hosts, store, **PATIENT):
        await set_target(store, target(new, 2))
        await most_out_until(hosts, "new")
    hosts[2].mark("hanging-drain").touch()
    async with running(hosts, store, **QUICK):
        await set_target(store, target(old, 3, max_unavailable=1, rollback=True))
        await most_out_until([host for host in hosts if host is not hosts[2]], "old", 60)
        hosts[2].mark("hanging-drain").unlink()
        await most_out_until(hosts, "old", 60)


async def test_permits_held_by_an_agent_of_the_version_before_stop_no_host(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    await install(host, store)
    locks = StoreLocks(store, asyncio.get_running_loop().time)
    assert await locks.acquire("permits/canary/00000", "old", 60.0)
    new = host.build("new")
    async with running_agent(host, store):
        await set_target(store, target(new, 2, max_unavailable=1, rollback=True))
        await until(store, lambda s: s.serves(new))


async def test_a_host_that_stays_out_keeps_its_turn_and_a_stopped_agent_removes_one_that_waits(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    await install(host, store)
    host.mark("broken-health").touch()
    async with running_agent(host, store):
        await set_target(store, target(host.build("new"), 2, max_unavailable=1))
        await until(store, lambda s: s.state is HostState.REVERTING and s.out)
    version = await turn_of(store, "host1")
    assert version
    async with running_agent(host, store):
        await until(store, lambda s: "no health today" in s.detail)
        assert await turn_of(store, "host1") == version
        host.mark("broken-health").unlink()
        await until(store, lambda s: not s.out)
        await until_gone(store, "host1")
        assert await turns(store, "web-3").ask(target("a" * 64, 3, max_unavailable=1)) == ""
        await set_target(store, target(host.build("newer"), 3, max_unavailable=1))
        await until(store, lambda s: "after web-3" in s.detail)
    assert await turn_of(store, "host1") == 0


async def test_a_host_that_is_out_without_a_turn_gets_one_and_keeps_the_one_it_has(store: Store) -> None:
    host = turns(store, "web-1")
    first = 0
    for _ in range(2):
        with suppress(TimeoutError):
            await asyncio.wait_for(host.run(out_for=4), 0.2)
        first = first or await turn_of(store, "web-1")
        assert await turn_of(store, "web-1") == first > 0
    assert await turns(store, "web-2").ask(target("a" * 64, 4, max_unavailable=1))


async def test_an_agent_that_was_away_goes_to_the_end_of_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = MemoryStore(), 100.0
    monkeypatch.setattr(agent_turns, "_monotonic", lambda: now)
    wanted = target("a" * 64, 2, max_unavailable=1)
    first, second, third = (turns(store, name) for name in ("a", "b", "c"))
    assert await first.ask(wanted) == ""
    assert "after a" in await second.ask(wanted)
    assert "after a" in await third.ask(wanted)
    restarted = turns(store, "a")
    now += 1.0
    assert "after b" in await restarted.ask(wanted)
    now += 5.0
    assert await second.ask(wanted) == ""
    assert "after b" in await third.ask(wanted)
    now += 9.0  # `restarted` was away for longer than a silent host is waited for
    assert "after b" in await third.ask(wanted)
    version = await turn_of(store, "a")
    assert await restarted.ask(wanted)
    assert await turn_of(store, "a") > version


async def test_a_slow_store_sends_a_host_to_the_end_of_the_order_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, now = MemoryStore(), 100.0
    monkeypatch.setattr(agent_turns, "_monotonic", lambda: now)
    wanted = target("a" * 64, 2, max_unavailable=1)
    host, versions = turns(store, "a"), set()
    for _ in range(8):
        await host.ask(wanted)
        versions.add(await turn_of(store, "a"))
        now += 11.0
    assert len(versions) == 1 + agent_turns.MAX_RENEWALS


class Breaking(MemoryStore):
    """A store that can be made to fail for the turns."""

    broken = False

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        if self.broken and prefix.startswith(store_keys.TURNS):
            raise Failed("store", "no leader")
        return await super().list(prefix)

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        if self.broken and any(write.key.startswith(store_keys.TURNS) for write in writes):
            raise Failed("store", "no leader")
        return await super().commit(*writes, durable=durable)


async def test_a_host_stays_in_its_balancer_while_the_store_fails(tmp_path: Path) -> None:
    host, store = Host(tmp_path), Breaking()
    await install(host, store)
    new = host.build("new")
    store.broken = True
    async with running_agent(host, store):
        await set_target(store, target(new, 2, max_unavailable=1))
        now = await until(store, lambda s: "no leader" in s.detail)
        assert now.state is HostState.PREPARED
        assert host.in_balancer()
        store.broken = False
        await until(store, lambda s: s.serves(new))


async def test_a_turn_is_removed_once_the_store_answers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_turns, "FIRST_PAUSE", 0.01)
    store = Breaking()
    host = turns(store, "a")
    wanted = target("a" * 64, 2, max_unavailable=1)
    assert await host.ask(wanted) == ""
    store.broken = True
    host.finish()
    task = asyncio.create_task(host.run())
    await asyncio.sleep(0.05)
    assert await turn_of(store, "a")
    assert "after a" in await with_turns(store, turns(store, "b"), replace(wanted, serial=3))
    await until_gone(store, "a")
    task.cancel()


async def with_turns(store: Breaking, host: Turns, wanted: Any) -> str:
    """Let the store answer, and ask."""
    store.broken = False
    return await host.ask(wanted)


async def test_a_turn_that_was_lost_with_the_store_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(agent_turns, "_monotonic", lambda: now)
    store = MemoryStore()
    wanted = target("a" * 64, 2, max_unavailable=1)
    assert await turns(store, "a").ask(wanted) == ""
    host = turns(store, "b")
    assert "after a" in await host.ask(wanted)
    host._store = MemoryStore()
    now += 1.0
    assert await host.ask(wanted) == "waits for its turn"
    assert await host.ask(wanted) == ""


@pytest.mark.parametrize("damaged", [b"", b"{", b'{"serial":"x"}', b"\xff"])
async def test_a_damaged_turn_or_status_of_another_host_delays_for_one_deadline_only(
    damaged: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(agent_turns, "_monotonic", lambda: now)
    store = MemoryStore()
    await store.commit(Put(store_keys.turn("canary", "a"), damaged), Put(store_keys.status("canary", "a"), damaged))
    host, wanted = turns(store, "b"), target("a" * 64, 2, max_unavailable=1)
    assert "after a (no status)" in await host.ask(wanted)
    while now <= 100.0 + AgentConfig(drain_least=0.0).turn_most:
        now += 5.0
        waits = await host.ask(wanted)
    assert waits == ""
    assert msgspec.json.decode(b'{"serial":1,"at":2}', type=Turn) == Turn(1, 2.0)
