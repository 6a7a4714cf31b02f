"""The summary of a story: the cause of every failure, and problems that fail the story."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as put

from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import StoryEnd
from cockpit.demo.summary import bad_builds, find_wrong_hosts, format_summary, step_times, summarise
from cockpit.demo.traffic.tally import RequestCount, Tally
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.pulls.pull_request import MergeMethod
from cockpit.deploy.snapshot import Seen, Snapshot
from tests import builders as b
from tests.demo.shop_server import build_slot, host_folder, server, shop_files

ORIGIN = Origin("o", "a", "b", Story.HOTFIX, 1, 33, MergeMethod.MERGE, "/checkout")
PASSED = StoryEnd(True, "it is on every host")


def test_only_builds_before_the_revert_contain_the_bad_pr() -> None:
    snapshot = b.hotfixed()
    assert bad_builds(snapshot.log.value.releases, 33) == {b.NEW.id}
    assert bad_builds(snapshot.log.value.releases, 34) == {b.NEW.id, b.FIXED.id}
    assert bad_builds(snapshot.log.value.releases, 999) == set()


def test_a_step_lasts_until_the_next_and_is_listed_each_time() -> None:
    times = step_times(b.hotfixed().latest)
    assert [step.step for step in times] == ["staging", "dogfood", "staging"]
    assert times[0].seconds == 18.0
    assert step_times(None) == ()


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        (RequestCount("dogfood", b.NEW.id, "/checkout", "500 KeyError", 3), True),
        (RequestCount("dogfood", b.FIXED.id, "/checkout", "500 KeyError", 1), False),
        (RequestCount("dogfood", b.NEW.id, "/checkout", "reset: closed", 1), False),
        (RequestCount("production", "", "/", "refused", 1), False),
    ],
)
def test_one_failure_without_the_bad_pr_fails_the_story(row: RequestCount, passed: bool) -> None:
    tally = Tally((RequestCount("production", b.OLD.id, "/", "", 500), row))
    summary = summarise(b.hotfixed(), PASSED, ORIGIN, tally, (), 50.0)
    assert summary.passed is passed
    assert summary.sent == 500 + row.count
    assert (summary.failed_by_bad_pr, summary.failed_otherwise) == ((row.count, 0) if passed else (0, row.count))
    assert ("FAILED" in format_summary(summary)) is not passed


def test_a_story_without_traffic_or_with_a_wrong_host_fails() -> None:
    assert not summarise(b.hotfixed(), PASSED, ORIGIN, Tally(), (), 50.0).passed
    tally = Tally((RequestCount("production", b.OLD.id, "/", "", 500),))
    assert not summarise(b.hotfixed(), PASSED, ORIGIN, tally, ("web-01 shows another build",), 50.0).passed
    assert not summarise(b.hotfixed(), StoryEnd(False, "late"), ORIGIN, tally, (), 50.0).passed


def fleet_of(url: str) -> Snapshot:
    """A fleet of one host that should serve the last good build."""
    status = Status("canary-1", "canary", HostState.SERVING, b.NOW, b.NOW, b.OLD.id, url=url)
    return replace(b.idle(), policy=put(b.POLICY, tiers=(b.TIERS[2],)), statuses=Seen({"canary-1": status}, b.NOW))


async def test_a_host_with_wrong_content_or_without_an_answer_is_reported(tmp_path: Path) -> None:
    folder = host_folder(tmp_path, current="")
    for slot, commit, build in (("c", b.OLD.commit, b.OLD.id), ("d", "0" * 40, b.OLD.id)):
        build_slot(shop_files(), folder / "slots" / slot, commit, build)
    (folder / "current").symlink_to("slots/c")

    with server(folder) as running:
        right = await find_wrong_hosts(fleet_of(running.url), Story.CLEAN)
        (folder / "current").unlink()
        (folder / "current").symlink_to("slots/d")
        await asyncio.to_thread(running.hook, "reload")
        other: tuple[str, ...] = ()
        async with asyncio.timeout(30):  # the old worker accepts until the new one is ready
            while not any("shows commit 0000000000" in problem for problem in other):
                other = await find_wrong_hosts(fleet_of(running.url), Story.CLEAN)
    gone = await find_wrong_hosts(fleet_of(running.url), Story.CLEAN)
    assert right == ()
    assert len(other) == 1
    assert "does not answer" in gone[0]
