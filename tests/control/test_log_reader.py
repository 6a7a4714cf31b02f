from cockpit.control.log_reader import LogReader, lost_events
from cockpit.deploy import store_keys
from cockpit.deploy.snapshot import Log
from cockpit.ports import Entry
from tests.control.dispatching import filled


async def entries() -> tuple[Entry, ...]:
    """Four events of a first release and one of a second."""
    return await (await filled()).list(store_keys.RELEASES)


def read(entries: tuple[Entry, ...]) -> Log:
    reader = LogReader()
    reader.add(entries)
    return reader.log


async def test_events_added_one_by_one_give_the_same_log_as_all_at_once() -> None:
    reader = LogReader()
    for entry in await entries():
        reader.add([entry])
    assert reader.log == read(await entries())
    assert [release.last_number for release in reader.log.releases] == [4, 1]


async def test_an_event_is_added_only_once() -> None:
    reader = LogReader()
    reader.add(await entries())
    reader.add(await entries())
    assert [len(release.events) for release in reader.log.releases] == [4, 1]


async def test_a_missing_event_is_lost_and_an_added_one_is_not() -> None:
    whole = await entries()
    shorter = tuple(entry for entry in whole if entry.key != "releases/2026-11-22.1/000004")
    assert lost_events(read(shorter), read(whole)) == ""
    assert "2026-11-22.1: restore its backup" in lost_events(read(whole), read(shorter))


async def test_a_loss_is_forgotten_once_a_new_release_starts() -> None:
    whole = await entries()
    first = tuple(entry for entry in whole if "2026-11-22.1" in entry.key)
    second = tuple(entry for entry in whole if "2026-11-22.2" in entry.key)
    assert lost_events(read(first), read(second)) == ""
