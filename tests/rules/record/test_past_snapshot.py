"""A release as it stood at an earlier moment."""

from cockpit.deploy.facts import Advanced, Call, CommanderLost, CommandTaken, HostFailed, Started
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.record.traffic_pages import buckets
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.record.past_snapshot import AS_TARGETED, snapshot_at
from tests.builders import ADA, LADDER, NEW, OLD, POLICY, finished_release
from tests.recorded_releases import NOON, pages, recorded_release, rolled_back


def then(after: float) -> Snapshot:
    return snapshot_at(rolled_back(), (finished_release(),), POLICY, tuple(buckets(pages())), NOON + after)


def builds(snapshot: Snapshot, tier: str) -> set[str]:
    return {status.build for status in snapshot.statuses.value.values() if status.tier == tier}


def test_the_log_and_the_clock_end_at_that_moment() -> None:
    snapshot = then(101)
    assert snapshot.now == NOON + 101
    assert snapshot.latest
    assert (snapshot.latest.last_number, snapshot.latest.step) == (9, "canary")
    assert snapshot.latest.rolled_back is None


def test_hosts_are_as_targeted_and_the_snapshot_says_so() -> None:
    assert builds(then(101), "canary") == {NEW.id}
    assert builds(then(101), "production") == {OLD.id}
    assert builds(then(161), "canary") == {OLD.id}
    assert then(101).statuses.error == AS_TARGETED
    assert then(101).fleet["canary"].complete


def test_the_traffic_is_what_was_counted_by_then() -> None:
    assert then(101).traffic.at == NOON + 100
    new = ("canary", NEW.id)
    assert then(140).traffic.value.during(NOON, NOON + 200, (new,)).errors == 10
    assert then(100).traffic.value.during(NOON, NOON + 200, (new,)).requests == 0


def test_a_verdict_is_in_force_until_it_changes_and_none_is_invented() -> None:
    assert then(12).verdict.call is Call.GO
    assert then(155).verdict.call is Call.ROLL_BACK
    assert then(110).verdict.reason == "no recorded verdict for this step yet"


def test_the_commander_and_failed_hosts_are_on_record() -> None:
    facts = [(event.at - NOON, event.what, event.by, event.why) for event in rolled_back().events[:9]]
    record = recorded_release(
        "r", *facts, (110, CommandTaken("bob@box", ADA)), (112, HostFailed("canary-1", NEW.id, "no room"))
    )
    before = snapshot_at(record, (finished_release(),), POLICY, (), NOON + 105)
    after = snapshot_at(record, (finished_release(),), POLICY, (), NOON + 115)
    assert (before.commander.value.name, after.commander.value.name) == (ADA, "bob@box")
    assert after.statuses.value["canary-1"].state is HostState.FAILED
    assert after.traffic.at == 0.0
    lost = recorded_release("r", *facts, (112, CommanderLost(ADA, "bob@box", NOON + 50)))
    assert snapshot_at(lost, (finished_release(),), POLICY, (), NOON + 115).commander.value.name == ""


def test_before_the_first_event_there_are_only_the_earlier_releases() -> None:
    snapshot = then(-5)
    assert snapshot.latest == finished_release()
    assert snapshot.open is None


def test_a_step_whose_build_is_not_on_record_has_no_verdict() -> None:
    record = recorded_release("r", (0, Started("main", LADDER)), (10, Advanced(0, "staging", NEW.id)))
    snapshot = snapshot_at(record, (finished_release(),), POLICY, (), NOON + 20)
    assert snapshot.latest
    assert (snapshot.latest.rung, snapshot.latest.build, snapshot.judgement.value) == (0, None, None)
