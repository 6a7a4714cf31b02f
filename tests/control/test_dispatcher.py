import asyncio

from msgspec.structs import replace as put

from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Changed, Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.deploy.facts import Held
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Entry, Put, Write
from tests.control.dispatching import ADA, dispatcher, filled, snapshot_of
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import NOON, POLICY


async def test_a_dispatched_command_is_in_the_store() -> None:
    store = MemoryStore()
    assert isinstance(await dispatcher(store).dispatch(find_command("install"), ADA), Done)
    assert [entry.key for entry in await store.list("")] == ["current", "releases/2026-11-22.1/000001", "releases/head"]


async def test_a_preview_writes_nothing() -> None:
    store = MemoryStore()
    assert isinstance(await dispatcher(store).preview(find_command("install"), ADA), Plan)
    assert await store.list("") == ()


async def test_a_refused_command_writes_nothing() -> None:
    store = MemoryStore()
    assert isinstance(await dispatcher(store).dispatch(find_command("hold"), ADA), Refusal)
    assert await store.list("") == ()


async def test_of_many_concurrent_starts_one_is_done_and_the_others_are_refused() -> None:
    store = MemoryStore()
    outcomes = await asyncio.gather(
        *(dispatcher(store).dispatch(find_command("install"), CommandRequest(f"c{n}@h")) for n in range(8))
    )
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Refusal) and "is open" in outcome.reason for outcome in outcomes) == 7


async def test_after_a_conflict_the_command_is_decided_again() -> None:
    store = MemoryStore()
    await dispatcher(store).dispatch(find_command("install"), ADA)

    class OvertakenStore(MemoryStore):
        """Another person appends an event between the look and the write, once."""

        def __init__(self, inner: MemoryStore) -> None:
            super().__init__()
            self.inner, self.armed = inner, True

        async def list(self, prefix: str) -> tuple[Entry, ...]:
            return await self.inner.list(prefix)

        async def get(self, key: str) -> Entry | None:
            return await self.inner.get(key)

        async def commit(self, *writes: Write, durable: bool = True) -> int:
            if self.armed:
                self.armed = False
                assert isinstance(
                    await dispatcher(self.inner).dispatch(find_command("hold"), CommandRequest("bob@desk")), Done
                )
            return await self.inner.commit(*writes)

    outcome = await dispatcher(OvertakenStore(store)).dispatch(find_command("abandon"), ADA)
    assert isinstance(outcome, Done)
    snapshot = await snapshot_of(store)
    assert snapshot.latest is not None
    assert [event.by for event in snapshot.latest.events] == ["ada@desk", "bob@desk", "ada@desk"]


async def test_a_changed_plan_is_returned_instead_of_done() -> None:
    store = MemoryStore()
    shown = await dispatcher(store).preview(find_command("install"), ADA)
    assert isinstance(shown, Plan)
    other = await dispatcher(store).preview(find_command("install"), CommandRequest("ada@desk", ref="v2"))
    assert isinstance(other, Plan)
    await dispatcher(store).dispatch(find_command("install"), ADA)
    await dispatcher(store).dispatch(find_command("abandon"), ADA)
    outcome = await dispatcher(store).dispatch(find_command("install"), ADA, shown)
    assert isinstance(outcome, Changed)
    assert "2026-11-22.2" in outcome.plan.title


async def test_an_unreadable_event_keeps_its_number_and_commands_go_on() -> None:
    store = await filled()
    await store.commit(Put("releases/2026-11-22.2/000002", b"not json", 0))
    assert isinstance(await dispatcher(store).dispatch(find_command("hold"), ADA), Done)
    snapshot = await snapshot_of(store)
    assert snapshot.latest is not None
    assert [record.key for record in snapshot.latest.unreadable] == ["releases/2026-11-22.2/000002"]
    assert isinstance(snapshot.latest.events[-1].what, Held)


async def test_a_hold_in_another_persons_slot_acquires_no_lease() -> None:
    whole_day = Calendar(slots=(("whole", TimeSpan(0, 1440)),))
    policy = put(POLICY, calendar=whole_day, rota=Rota(("bob",)))
    store = MemoryStore()

    async def look(_digest: str) -> Snapshot:
        return await take_snapshot(policy, Sources(store, NoLocks()), lambda: NOON)

    # These locks cannot be acquired: a dispatcher that tried to would fail.
    screen = Dispatcher(store, look, lambda: NOON, CommanderLease(NoLocks(), ADA.by), interactive=True)
    assert isinstance(await dispatcher(store).dispatch(find_command("install"), ADA), Done)
    refused = await screen.dispatch(find_command("abandon"), ADA)
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("whole is bob's slot")
    assert isinstance(await screen.dispatch(find_command("hold"), ADA), Done)


async def test_the_end_of_a_freeze_is_the_same_however_often_it_is_decided() -> None:
    store, now = await filled(), [NOON]

    async def look(_digest: str) -> Snapshot:
        now[0] += 20.0
        return await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: now[0])

    class OvertakenOnce(MemoryStore):
        """The store, in which one write conflicts."""

        list, get = store.list, store.get
        overtaken = False

        async def commit(self, *writes: Write, durable: bool = True) -> int:
            if not self.overtaken:
                self.overtaken = True
                raise Conflict("store", "another writer was first")
            return await store.commit(*writes, durable=durable)

    shell = Dispatcher(OvertakenOnce(), look, lambda: now[0], CommanderLease(NoLocks(), "eve@box"))
    request = put(ADA, why="audit", until="2h")
    assert isinstance(await shell.dispatch(find_command("freeze"), request), Done)
    assert now[0] > NOON + 20.0
    frozen = (await snapshot_of(store)).active_freeze
    assert frozen
    assert frozen.until == NOON + 20.0 + 7200.0
