from time import time

from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Delete
from tests.control.feeds.following import following
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import POLICY


def dispatcher(store: MemoryStore, ahead: float = 0.0) -> Dispatcher:
    def clock() -> float:
        return time() + ahead

    async def look(_digest: str) -> Snapshot:
        return await take_snapshot(POLICY, Sources(store, NoLocks()), clock)

    return Dispatcher(store, look, time, CommanderLease(NoLocks(), "ada@box"))


async def test_lost_events_are_an_error_until_a_new_release_starts() -> None:
    store = MemoryStore()
    assert isinstance(await dispatcher(store).dispatch(find_command("install"), CommandRequest("ada@box")), Done)
    async with following(Sources(store, NoLocks())) as board:
        opened = await board.until(lambda s: s.latest is not None, 2)
        assert opened.latest is not None
        await store.commit(*(Delete(entry.key) for entry in await store.list("")))
        wiped = await board.until(lambda s: s.latest is None, 2)
        assert wiped.latest is None
        assert opened.latest.id in wiped.log.error
        assert "restore its backup" in wiped.log.error
        tomorrow = dispatcher(store, 86_400)
        assert isinstance(await tomorrow.dispatch(find_command("install"), CommandRequest("ada@box")), Done)
        begun = await board.until(lambda s: s.latest is not None, 2)
        assert begun.log.error == ""
