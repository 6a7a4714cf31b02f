"""The numbers at a story's end: whose fault every failure was, and nothing wrong passes as right."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as put

from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import Ended
from cockpit.demo.summary import bad_builds, in_words, step_times, summarise, wrong_hosts
from cockpit.demo.traffic.tally import RequestCount, Tally
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.pulls.pull_request import How
from cockpit.deploy.snapshot import Seen, Snapshot
from tests import builders as b
from tests.demo.shops import build_slot, host_folder, server, shop_files

ORIGIN = Origin("o", "a", "b", Story.HOTFIX, 1, 33, How.MERGE, "/checkout")
WELL = Ended(True, "it is on every host")


def test_only_builds_before_the_revert_hold_the_bad_pr() -> None:
    snapshot = b.hotfixed()
    assert bad_builds(snapshot.log.value.releases, 33) == {b.NEW.id}
    assert bad_builds(snapshot.log.value.releases, 34) == {b.NEW.id, b.FIXED.id}
    assert bad_builds(snapshot.log.value.releases, 999) == set()


def test_steps_last_until_the_next_one_and_may_be_taken_twice() -> None:
    taken = step_times(b.hotfixed().latest)
    assert [step.step for step in taken] == ["staging", "dogfood", "staging"]
    assert taken[0].seconds == 18.0
    assert step_times(None) == ()


@pytest.mark.parametrize(
    ("row", "well"),
    [
        (RequestCount("dogfood", b.NEW.id, "/checkout", "500 KeyError", 3), True),
        (RequestCount("dogfood", b.FIXED.id, "/checkout", "500 KeyError", 1), False),
        (RequestCount("dogfood", b.NEW.id, "/checkout", "reset: closed", 1), False),
        (RequestCount("production", "", "/", "refused", 1), False),
    ],
)
def test_one_request_that_failed_for_another_reason_spoils_it(row: RequestCount, well: bool) -> None:
    tally = Tally((RequestCount("production", b.OLD.id, "/", "", 500), row))
    summary = summarise(b.hotfixed(), WELL, ORIGIN, tally, (), 50.0)
    assert summary.well is well
    assert summary.sent == 500 + row.count
    assert (summary.failed_by_bad_pr, summary.failed_otherwise) == ((row.count, 0) if well else (0, row.count))
    assert ("NOT as it should be" in in_words(summary)) is not well


def test_a_story_without_traffic_or_with_a_wrong_host_is_not_well() -> None:
    assert not summarise(b.hotfixed(), WELL, ORIGIN, Tally(), (), 50.0).well
    tally = Tally((RequestCount("production", b.OLD.id, "/", "", 500),))
    assert not summarise(b.hotfixed(), WELL, ORIGIN, tally, ("web-01 shows another build",), 50.0).well
    assert not summarise(b.hotfixed(), Ended(False, "late"), ORIGIN, tally, (), 50.0).well


def fleet_of(url: str) -> Snapshot:
    """One host, which should serve the last good build."""
    status = Status("canary-1", "canary", HostState.SERVING, b.NOW, b.NOW, b.OLD.id, url=url)
    return replace(b.idle(), policy=put(b.POLICY, tiers=(b.TIERS[2],)), statuses=Seen({"canary-1": status}, b.NOW))


async def test_every_host_is_asked_for_its_build_and_its_content(tmp_path: Path) -> None:
    folder = host_folder(tmp_path, current="")
    for slot, commit, build in (("c", b.OLD.commit, b.OLD.id), ("d", "0" * 40, b.OLD.id)):
        build_slot(shop_files(), folder / "slots" / slot, commit, build)
    (folder / "current").symlink_to("slots/c")

    with server(folder) as running:
        right = await wrong_hosts(fleet_of(running.url), Story.CLEAN)
        (folder / "current").unlink()
        (folder / "current").symlink_to("slots/d")
        await asyncio.to_thread(running.hook, "reload")
        other: tuple[str, ...] = ()
        async with asyncio.timeout(30):  # for a moment the old worker accepts too: ask until it has left
            while not any("shows commit 0000000000" in said for said in other):
                other = await wrong_hosts(fleet_of(running.url), Story.CLEAN)
    gone = await wrong_hosts(fleet_of(running.url), Story.CLEAN)
    assert right == ()
    assert len(other) == 1
    assert "does not answer" in gone[0]
