import pytest
from msgspec.structs import replace

from cockpit.control.command_table import find_command
from cockpit.control.dispatcher import Done
from cockpit.control.perform import perform, writes
from cockpit.deploy import store_keys
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Check, Conflict, Put, Unconfirmed, Write
from cockpit.rules import decisions
from tests.control.dispatching import ADA, dispatcher, filled, snapshot_of
from tests.fakes import MemoryStore
from tests.scenario import NOON, POLICY, build


def test_a_plans_writes_expect_what_was_decided_on() -> None:
    plan = decisions.install(Snapshot(POLICY, NOON), ADA)
    assert isinstance(plan, Plan)
    made = writes(plan, ADA, NOON)
    assert [(write.key, write.expect) for write in made] == [("current", 0), ("releases/2026-11-22.1/000001", 0)]


async def test_a_stale_guard_stops_the_write() -> None:
    store = MemoryStore()
    version = await store.commit(Put(store_keys.ENGINE_LOCK, b"me"))
    await store.commit(Put(store_keys.ENGINE_LOCK, b"another"))
    plan = decisions.install(Snapshot(POLICY, NOON), ADA)
    assert isinstance(plan, Plan)
    with pytest.raises(Conflict):
        await perform(store, plan, ADA, NOON, guard=Check(store_keys.ENGINE_LOCK, version))
    assert len(await store.list("")) == 1


class UnconfirmingStore(MemoryStore):
    """Raises `Unconfirmed` for the first transaction, which it makes only if it `arrives`."""

    def __init__(self, arrives: bool) -> None:
        super().__init__()
        self.arrives, self.armed = arrives, True

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        if not self.armed:
            return await super().commit(*writes)
        self.armed = False
        if self.arrives:
            await super().commit(*writes)
        raise Unconfirmed("store", "does not answer")


@pytest.mark.parametrize("arrives", [True, False])
async def test_an_unconfirmed_write_is_made_once(arrives: bool) -> None:
    store = UnconfirmingStore(arrives)
    assert isinstance(await dispatcher(store).dispatch(find_command("install"), ADA), Done)
    assert [entry.key for entry in await store.list("")] == ["current", "releases/2026-11-22.1/000001", "releases/head"]


async def test_an_unconfirmed_write_that_lost_to_another_is_decided_again() -> None:
    class Overtaken(UnconfirmingStore):
        async def commit(self, *writes: Write, durable: bool = True) -> int:
            if self.armed:
                self.armed = False
                await dispatcher(self).dispatch(find_command("install"), CommandRequest("bob@desk"))
                raise Unconfirmed("store", "does not answer")
            return await MemoryStore.commit(self, *writes)

    outcome = await dispatcher(Overtaken(arrives=False)).dispatch(find_command("install"), ADA)
    assert isinstance(outcome, Refusal)
    assert "is open" in outcome.reason


async def test_a_damaged_target_is_named_and_can_be_overwritten() -> None:
    store = await filled()
    await store.commit(Put(store_keys.target("production"), b"{damaged"))
    snapshot = await snapshot_of(store)
    assert "targets/production cannot be read" in snapshot.targets.error
    plan = decisions.step_to(snapshot, _with_build(snapshot), 3)
    await perform(store, plan, ADA, NOON)
    entry = await store.get(store_keys.target("production"))
    assert entry is not None
    assert b"damaged" not in (entry.value or b"")


def _with_build(snapshot: Snapshot) -> Release:
    assert snapshot.latest is not None
    return replace(snapshot.latest, builds=(build(1),), commit=build(1).commit)
