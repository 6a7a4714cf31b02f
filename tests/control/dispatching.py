"""A dispatcher on a store in memory."""

from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import NOON, POLICY

ADA = CommandRequest("ada@desk")


def dispatcher(store: MemoryStore) -> Dispatcher:
    """The dispatcher of a command in a shell."""

    async def look(_digest: str) -> Snapshot:
        return await snapshot_of(store)

    return Dispatcher(store, look, lambda: NOON, CommanderLease(NoLocks(), "eve@box"))


async def snapshot_of(store: MemoryStore) -> Snapshot:
    """The store's snapshot at noon."""
    return await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: NOON)


async def filled() -> MemoryStore:
    """A store with five events in two releases."""
    store = MemoryStore()
    for verb in ("install", "hold", "resume", "abandon", "install"):
        assert isinstance(await dispatcher(store).dispatch(find_command(verb), ADA), Done)
    return store
