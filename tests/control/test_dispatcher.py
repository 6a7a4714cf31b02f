import asyncio

import pytest
from msgspec.structs import replace as put

from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Changed, Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.log_verification import verify
from cockpit.control.perform import perform
from cockpit.deploy import store_keys
from cockpit.deploy.facts import Held
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Check, Conflict, Delete, Entry, Put, Unconfirmed, Write
from cockpit.rules import decisions
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import NOON, POLICY, build

ADA = CommandRequest("ada@desk")


def dispatcher(store: MemoryStore) -> Dispatcher:
    async def look(_past: str) -> Snapshot:
        return await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: NOON)

    return Dispatcher(store, look, lambda: NOON, CommanderLease(NoLocks(), "nobody"))


async def test_what_is_given_is_in_the_store() -> None:
    store = MemoryStore()
    assert isinstance(await dispatcher(store).give(find_command("install"), ADA), Done)
    assert [entry.key for entry in await store.list("")] == ["current", "releases/2026-11-22.1/000001", "releases/head"]


async def test_a_preview_writes_nothing() -> None:
    store = MemoryStore()
    assert isinstance(await dispatcher(store).preview(find_command("install"), ADA), Plan)
    assert await store.list("") == ()


async def test_a_refusal_says_why_and_writes_nothing() -> None:
    store = MemoryStore()
    assert isinstance(await dispatcher(store).give(find_command("hold"), ADA), Refusal)
    assert await store.list("") == ()


async def test_of_many_who_start_at_once_one_wins_and_the_others_are_told_so() -> None:
    store = MemoryStore()
    outcomes = await asyncio.gather(
        *(dispatcher(store).give(find_command("install"), CommandRequest(f"c{n}@h")) for n in range(8))
    )
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Refusal) and "is open" in outcome.reason for outcome in outcomes) == 7


async def test_a_plan_that_others_overtook_is_decided_again_and_nothing_is_lost() -> None:
    store = MemoryStore()
    await dispatcher(store).give(find_command("install"), ADA)

    class Overtaken(MemoryStore):
        """Between the look and the write somebody else appends an event, once."""

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
                assert isinstance(await dispatcher(self.inner).give(find_command("hold"), CommandRequest("bob@desk")), Done)
            return await self.inner.commit(*writes)

    outcome = await dispatcher(Overtaken(store)).give(find_command("abandon"), ADA)
    assert isinstance(outcome, Done)
    snapshot = await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: NOON)
    assert snapshot.latest is not None
    assert [event.by for event in snapshot.latest.events] == ["ada@desk", "bob@desk", "ada@desk"]


async def test_what_is_no_longer_what_the_person_saw_is_shown_again_instead_of_done() -> None:
    store = MemoryStore()
    shown = await dispatcher(store).preview(find_command("install"), ADA)
    assert isinstance(shown, Plan)
    other = await dispatcher(store).preview(find_command("install"), CommandRequest("ada@desk", ref="v2"))
    assert isinstance(other, Plan)
    await dispatcher(store).give(find_command("install"), ADA)
    await dispatcher(store).give(find_command("abandon"), ADA)
    outcome = await dispatcher(store).give(find_command("install"), ADA, shown)
    assert isinstance(outcome, Changed)
    assert "2026-11-22.2" in outcome.plan.title


async def test_a_guard_that_no_longer_holds_stops_the_write() -> None:
    store = MemoryStore()
    version = await store.commit(Put(store_keys.ENGINE_LOCK, b"me"))
    await store.commit(Put(store_keys.ENGINE_LOCK, b"another"))
    plan = decisions.install(Snapshot(POLICY, NOON), ADA)
    assert isinstance(plan, Plan)
    with pytest.raises(Conflict):
        await perform(store, plan, ADA, NOON, guard=Check(store_keys.ENGINE_LOCK, version))
    assert len(await store.list("")) == 1


async def filled() -> MemoryStore:
    store = MemoryStore()
    for verb in ("install", "hold", "resume", "abandon", "install"):
        assert isinstance(await dispatcher(store).give(find_command(verb), ADA), Done)
    return store


async def test_an_untouched_log_verifies() -> None:
    found = await verify(await filled())
    assert (found.events, found.broken) == (5, ())


@pytest.mark.parametrize("victim", ["2026-11-22.1/000001", "2026-11-22.1/000003", "2026-11-22.1/000004"])
async def test_an_edited_event_is_found(victim: str) -> None:
    store = await filled()
    entry = await store.get(store_keys.RELEASES + victim)
    assert entry is not None
    assert entry.value is not None
    await store.commit(Put(entry.key, entry.value.replace(b"ada@desk", b"eve@desk")))
    assert len((await verify(store)).broken) == 1


async def test_a_removed_or_unreadable_event_is_found() -> None:
    store = await filled()
    await store.commit(Delete("releases/2026-11-22.1/000002"))
    assert "event 2 is missing" in (await verify(store)).broken[0]
    await store.commit(Put("releases/2026-11-22.1/000002", b"{"))
    assert "cannot be read" in (await verify(store)).broken[0]


async def test_an_unreadable_record_keeps_its_place_and_the_rest_goes_on() -> None:
    store = await filled()
    await store.commit(Put("releases/2026-11-22.2/000002", b"not json", 0))
    assert isinstance(await dispatcher(store).give(find_command("hold"), ADA), Done)
    snapshot = await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: NOON)
    assert snapshot.latest is not None
    assert [record.key for record in snapshot.latest.unreadable] == ["releases/2026-11-22.2/000002"]
    assert isinstance(snapshot.latest.events[-1].what, Held)


async def test_a_damaged_target_is_named_and_can_be_written_over() -> None:
    store = await filled()
    await store.commit(Put(store_keys.target("production"), b"{damaged"))
    snapshot = await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: NOON)
    assert "targets/production cannot be read" in snapshot.targets.error
    plan = decisions.step_to(snapshot, _built(snapshot), 3)
    await perform(store, plan, ADA, NOON)
    entry = await store.get(store_keys.target("production"))
    assert entry is not None
    assert b"damaged" not in (entry.value or b"")


def _built(snapshot: Snapshot) -> Release:
    assert snapshot.latest is not None
    return put(snapshot.latest, builds=(build(1),), commit=build(1).commit)


async def test_a_damaged_judgement_is_no_verdict_and_no_obstacle() -> None:
    store = await filled()
    await store.commit(Put(store_keys.JUDGEMENT, b"[]"))
    snapshot = await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: NOON)
    assert snapshot.judgement.value is None
    assert "cannot be read" in snapshot.judgement.error


class Unanswered(MemoryStore):
    """Does what it is told and loses its answer, once; or loses the request itself."""

    def __init__(self, arrives: bool) -> None:
        super().__init__()
        self.arrives, self.armed = arrives, True

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        if not self.armed:
            return await super().commit(*writes)
        self.armed = False
        if self.arrives:
            await super().commit(*writes)
        raise Unconfirmed("store", "gives no answer", "look whether it lives")


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_write_whose_answer_was_lost_is_made_once(arrives: bool) -> None:
    store = Unanswered(arrives)
    assert isinstance(await dispatcher(store).give(find_command("install"), ADA), Done)
    assert [entry.key for entry in await store.list("")] == ["current", "releases/2026-11-22.1/000001", "releases/head"]


async def test_a_write_whose_answer_was_lost_while_another_wrote_is_decided_again() -> None:
    class Overtaken(Unanswered):
        async def commit(self, *writes: Write, durable: bool = True) -> int:
            if self.armed:
                self.armed = False
                await dispatcher(self).give(find_command("install"), CommandRequest("bob@desk"))
                raise Unconfirmed("store", "gives no answer", "look whether it lives")
            return await MemoryStore.commit(self, *writes)

    outcome = await dispatcher(Overtaken(arrives=False)).give(find_command("install"), ADA)
    assert isinstance(outcome, Refusal)
    assert "is open" in outcome.reason


async def test_stopping_in_the_slot_of_another_takes_the_conn_from_nobody_silently() -> None:
    whole_day = Calendar(slots=(("whole", TimeSpan(0, 1440)),))
    policy = put(POLICY, calendar=whole_day, rota=Rota(("bob",)))
    store = MemoryStore()

    async def look(_past: str) -> Snapshot:
        return await take_snapshot(policy, Sources(store, NoLocks()), lambda: NOON)

    # No seat can be had here: a desk that tried to sit down would fail.
    there = Dispatcher(store, look, lambda: NOON, CommanderLease(NoLocks(), ADA.by), interactive=True)
    assert isinstance(await dispatcher(store).give(find_command("install"), ADA), Done)
    refused = await there.dispatch(find_command("abandon"), ADA)
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("whole is bob's slot")
    assert isinstance(await there.dispatch(find_command("hold"), ADA), Done)
