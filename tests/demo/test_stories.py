"""The next move of a commander in every story."""

from dataclasses import replace

import pytest

from cockpit.demo.shop_history import Story
from cockpit.demo.stories import StoryEnd, StoryMove, next_move
from cockpit.deploy.facts import Abandoned, Advanced, BuildFailed, Call, Cut, Finished, Held, Reverted, Started
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Log, Seen, Snapshot
from tests import builders as b

BAD = 33
REASON = "production 10 % 25.0 % (4 of 16)"


def with_latest(snapshot: Snapshot, release: Release) -> Snapshot:
    return replace(snapshot, log=Seen(Log((b.finished_release(), release)), b.NOW))


def then(snapshot: Snapshot, what: Finished | Abandoned | Reverted) -> Snapshot:
    """The snapshot after one more event."""
    assert snapshot.latest
    facts = [*((event.what, event.by, event.why) for event in snapshot.latest.events), what]
    return with_latest(snapshot, fold(snapshot.latest.id, b.events(*facts)))


def judged(snapshot: Snapshot, call: Call) -> Snapshot:
    assert snapshot.open
    return replace(snapshot, judgement=b.judged(snapshot.open, call, REASON, None, None))


def at_ten_per_cent() -> Snapshot:
    return b.at_production(10)


def everywhere() -> Snapshot:
    steps = [Advanced(n, "", b.NEW.id) for n in range(1, len(b.LADDER))]
    release = fold(f"{b.DAY}.3", b.events(*b.facts_to_staging(f"{b.DAY}.3"), *steps))
    return judged(b.snapshot_of(release, tuple(b.target(tier.name, b.NEW) for tier in b.TIERS)), Call.GO)


@pytest.mark.parametrize("story", list(Story))
def test_the_release_starts_once_the_first_build_is_on_every_host(story: Story) -> None:
    asked = Started("c0ffee", b.LADDER, install=True)
    open_install = with_latest(b.idle(), fold(f"{b.DAY}.1", b.events(asked)))
    done = with_latest(b.idle(), fold(f"{b.DAY}.1", b.events(asked, Finished(b.OLD.id))))
    assert next_move(b.empty(), story, BAD) is None
    assert next_move(open_install, story, BAD) is None
    assert next_move(done, story, BAD) == StoryMove("start")


@pytest.mark.parametrize("story", list(Story))
def test_the_commander_advances_on_go_and_waits_on_wait(story: Story) -> None:
    assert next_move(b.at_canary(), story, BAD) == StoryMove("advance")
    assert next_move(b.soaking(), story, BAD) is None
    assert next_move(b.no_data(), story, BAD) is None
    assert next_move(everywhere(), story, BAD) == StoryMove("finish")


@pytest.mark.parametrize("call", [Call.HOLD, Call.ROLL_BACK])
def test_the_hotfix_story_reverts_the_bad_pr_once(call: Call) -> None:
    assert next_move(judged(b.hold_at_dogfood(), call), Story.HOTFIX, BAD) == StoryMove("revert", REASON, BAD)
    assert next_move(b.reverting(), Story.HOTFIX, BAD) is None


def test_after_the_revert_a_hold_is_waited_out_and_a_roll_back_ends_the_story() -> None:
    assert next_move(judged(b.hotfixed(), Call.HOLD), Story.HOTFIX, BAD) is None
    end = next_move(judged(b.hotfixed(), Call.ROLL_BACK), Story.HOTFIX, BAD)
    assert isinstance(end, StoryEnd)
    assert not end.passed


@pytest.mark.parametrize("call", [Call.HOLD, Call.ROLL_BACK])
def test_the_rollback_story_rolls_back_in_production_only(call: Call) -> None:
    assert next_move(judged(at_ten_per_cent(), call), Story.ROLLBACK, BAD) == StoryMove("rollback", REASON)
    early = next_move(judged(b.hold_at_dogfood(), call), Story.ROLLBACK, BAD)
    assert isinstance(early, StoryEnd)
    assert not early.passed


def test_a_rollback_ends_once_every_serving_host_runs_the_old_build() -> None:
    end = next_move(b.rolled_back(), Story.ROLLBACK, BAD)
    assert isinstance(end, StoryEnd)
    assert end.passed
    hosts = dict(b.rolled_back().statuses.value)
    hosts["canary-1"] = b.status("canary-1", "canary", b.NEW)
    moving = replace(b.rolled_back(), statuses=Seen(hosts, b.NOW))
    assert next_move(moving, Story.ROLLBACK, BAD) is None
    clean = next_move(b.rolled_back(), Story.CLEAN, 0)
    assert isinstance(clean, StoryEnd)
    assert not clean.passed


def test_a_hold_ends_the_clean_story() -> None:
    end = next_move(b.hold_at_dogfood(), Story.CLEAN, 0)
    assert isinstance(end, StoryEnd)
    assert not end.passed
    assert "HOLD at dogfood" in end.reason


def test_a_finished_release_passes_only_without_the_bad_pr() -> None:
    done = then(everywhere(), Finished(b.NEW.id))
    ends = [next_move(done, story, BAD) for story in (Story.CLEAN, Story.HOTFIX, Story.ROLLBACK)]
    assert [end.passed for end in ends if isinstance(end, StoryEnd)] == [True, False, False]
    fixed = then(then(b.hotfixed(), Reverted(BAD, ("a" * 40,), (b.FIXED.commit,), "t")), Finished(b.FIXED.id))
    assert next_move(fixed, Story.HOTFIX, BAD) == StoryEnd(True, f"{b.DAY}.3 is on every host")
    gone = next_move(then(b.at_canary(), Abandoned()), Story.CLEAN, 0)
    assert isinstance(gone, StoryEnd)
    assert not gone.passed


def test_failed_work_ends_the_story_with_its_reason() -> None:
    facts = (Started("main", b.LADDER), Cut("r", "t", b.NEW.commit, "", b.PULLS), BuildFailed(b.NEW.commit, "no disk"))
    end = next_move(with_latest(b.idle(), fold(f"{b.DAY}.3", b.events(*facts))), Story.CLEAN, 0)
    assert end == StoryEnd(False, "BuildFailed: no disk")


def test_on_autopilot_the_commander_reverts_the_bad_pr_after_the_hold() -> None:
    calm = b.at_canary()
    assert next_move(judged(calm, Call.GO), Story.HOTFIX, BAD, autopilot=True) is None
    found = judged(b.hold_at_dogfood(), Call.HOLD)
    assert next_move(found, Story.HOTFIX, BAD, autopilot=True) is None
    assert found.latest
    facts = [*((event.what, event.by, event.why) for event in found.latest.events), (Held(), "autopilot", REASON)]
    held = with_latest(found, fold(found.latest.id, b.events(*facts)))
    assert isinstance(move := next_move(held, Story.HOTFIX, BAD, autopilot=True), StoryMove)
    assert (move.verb, move.pull) == ("revert", BAD)
