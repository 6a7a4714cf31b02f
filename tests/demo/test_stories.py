"""What a sensible commander does, at every moment of every story."""

from dataclasses import replace

import pytest

from cockpit.demo.shop_history import Story
from cockpit.demo.stories import Ended, StoryMove, next_move
from cockpit.deploy.facts import Abandoned, Advanced, BuildFailed, Call, Cut, Finished, Held, Reverted, Started
from cockpit.deploy.release import Release, fold
from cockpit.deploy.snapshot import Log, Seen, Snapshot
from tests import builders as b

BAD = 33
REASON = "production 10 % 25.0 % (4 of 16)"


def with_latest(snapshot: Snapshot, release: Release) -> Snapshot:
    return replace(snapshot, log=Seen(Log((b.past(), release)), b.NOW))


def then(snapshot: Snapshot, what: Finished | Abandoned | Reverted) -> Snapshot:
    """The same after one more event."""
    assert snapshot.latest
    facts = [*((event.what, event.by, event.why) for event in snapshot.latest.events), what]
    return with_latest(snapshot, fold(snapshot.latest.id, b.events(*facts)))


def judged(snapshot: Snapshot, call: Call) -> Snapshot:
    assert snapshot.open
    return replace(snapshot, judged=b.judged(snapshot.open, call, REASON, None, None))


def at_ten_per_cent() -> Snapshot:
    return b.at_production(10)


def everywhere() -> Snapshot:
    steps = [Advanced(n, "", b.NEW.id) for n in range(1, len(b.LADDER))]
    release = fold(f"{b.DAY}.3", b.events(*b.opening(f"{b.DAY}.3"), *steps))
    return judged(b.picture(release, tuple(b.target(tier.name, b.NEW) for tier in b.TIERS)), Call.GO)


@pytest.mark.parametrize("story", list(Story))
def test_the_release_is_started_once_the_first_build_is_on_every_host(story: Story) -> None:
    asked = Started("c0ffee", b.LADDER, install=True)
    open_install = with_latest(b.idle(), fold(f"{b.DAY}.1", b.events(asked)))
    done = with_latest(b.idle(), fold(f"{b.DAY}.1", b.events(asked, Finished(b.OLD.id))))
    assert next_move(b.empty(), story, BAD) is None
    assert next_move(open_install, story, BAD) is None
    assert next_move(done, story, BAD) == StoryMove("start")


@pytest.mark.parametrize("story", list(Story))
def test_go_is_followed_and_wait_waited_for(story: Story) -> None:
    assert next_move(b.at_canary(), story, BAD) == StoryMove("advance")
    assert next_move(b.soaking(), story, BAD) is None
    assert next_move(b.no_data(), story, BAD) is None
    assert next_move(everywhere(), story, BAD) == StoryMove("finish")


@pytest.mark.parametrize("call", [Call.HOLD, Call.ROLL_BACK])
def test_the_hotfix_story_reverts_the_bad_pr_once(call: Call) -> None:
    assert next_move(judged(b.hold_at_dogfood(), call), Story.HOTFIX, BAD) == StoryMove("revert", REASON, BAD)
    assert next_move(b.reverting(), Story.HOTFIX, BAD) is None


def test_a_hold_after_the_revert_is_waited_out_and_a_roll_back_is_the_end() -> None:
    assert next_move(judged(b.hotfixed(), Call.HOLD), Story.HOTFIX, BAD) is None
    over = next_move(judged(b.hotfixed(), Call.ROLL_BACK), Story.HOTFIX, BAD)
    assert isinstance(over, Ended)
    assert not over.well


@pytest.mark.parametrize("call", [Call.HOLD, Call.ROLL_BACK])
def test_the_rollback_story_rolls_back_in_production_alone(call: Call) -> None:
    assert next_move(judged(at_ten_per_cent(), call), Story.ROLLBACK, BAD) == StoryMove("rollback", REASON)
    early = next_move(judged(b.hold_at_dogfood(), call), Story.ROLLBACK, BAD)
    assert isinstance(early, Ended)
    assert not early.well


def test_a_rollback_is_over_when_every_host_that_serves_people_is_back() -> None:
    over = next_move(b.rolled_back(), Story.ROLLBACK, BAD)
    assert isinstance(over, Ended)
    assert over.well
    hosts = dict(b.rolled_back().statuses.value)
    hosts["canary-1"] = b.status("canary-1", "canary", b.NEW)
    moving = replace(b.rolled_back(), statuses=Seen(hosts, b.NOW))
    assert next_move(moving, Story.ROLLBACK, BAD) is None
    clean = next_move(b.rolled_back(), Story.CLEAN, 0)
    assert isinstance(clean, Ended)
    assert not clean.well


def test_trouble_in_the_clean_story_is_its_end() -> None:
    over = next_move(b.hold_at_dogfood(), Story.CLEAN, 0)
    assert isinstance(over, Ended)
    assert not over.well
    assert "HOLD at dogfood" in over.reason


def test_a_finished_release_is_the_right_end_only_without_the_bad_pr() -> None:
    done = then(everywhere(), Finished(b.NEW.id))
    ends = [next_move(done, story, BAD) for story in (Story.CLEAN, Story.HOTFIX, Story.ROLLBACK)]
    assert [end.well for end in ends if isinstance(end, Ended)] == [True, False, False]
    fixed = then(then(b.hotfixed(), Reverted(BAD, ("a" * 40,), (b.FIXED.commit,), "t")), Finished(b.FIXED.id))
    assert next_move(fixed, Story.HOTFIX, BAD) == Ended(True, f"{b.DAY}.3 is on every host")
    gone = next_move(then(b.at_canary(), Abandoned()), Story.CLEAN, 0)
    assert isinstance(gone, Ended)
    assert not gone.well


def test_work_that_failed_is_told_with_its_reason() -> None:
    facts = (Started("main", b.LADDER), Cut("r", "t", b.NEW.commit, "", b.PULLS), BuildFailed(b.NEW.commit, "no disk"))
    over = next_move(with_latest(b.idle(), fold(f"{b.DAY}.3", b.events(*facts))), Story.CLEAN, 0)
    assert over == Ended(False, "BuildFailed: no disk")


def test_on_autopilot_a_person_waits_until_it_holds_and_then_chooses_the_pull_request() -> None:
    calm = b.at_canary()
    assert next_move(judged(calm, Call.GO), Story.HOTFIX, BAD, autopilot=True) is None
    found = judged(b.hold_at_dogfood(), Call.HOLD)
    assert next_move(found, Story.HOTFIX, BAD, autopilot=True) is None
    assert found.latest
    facts = [*((event.what, event.by, event.why) for event in found.latest.events), (Held(), "autopilot", REASON)]
    held = with_latest(found, fold(found.latest.id, b.events(*facts)))
    assert isinstance(move := next_move(held, Story.HOTFIX, BAD, autopilot=True), StoryMove)
    assert (move.verb, move.pull) == ("revert", BAD)
