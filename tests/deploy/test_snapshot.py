"""What a snapshot derives from its slices."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as with_changes

from cockpit.deploy.facts import Call, Frozen, RolledBack, Unreadable
from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import VERDICT_VALID_FOR, Judgement, Seen, Snapshot
from tests.scenario import Scenario, build


def judged(seconds_later: float = 0.0) -> Snapshot:
    scenario = Scenario().at(1)
    scenario.judge(Call.GO, "all is well")
    return scenario.snapshot.at(scenario.snapshot.now + seconds_later)


def test_a_value_has_an_age_once_it_was_confirmed() -> None:
    assert Seen("x").age(10.0) is None
    assert Seen("x", 4.0).age(10.0) == 6.0
    assert Seen("x", 40.0).age(10.0) == 0.0


def test_a_fresh_verdict_on_the_current_step_counts() -> None:
    assert judged().verdict.call is Call.GO


@pytest.mark.parametrize("seconds", [VERDICT_VALID_FOR + 1, -VERDICT_VALID_FOR - 1])
def test_an_old_verdict_or_one_from_the_future_is_wait(seconds: float) -> None:
    verdict = judged(seconds).verdict
    assert verdict.call is Call.WAIT
    assert verdict.reason.startswith("no data: last judged")


@pytest.mark.parametrize(
    "changes",
    [{"rung": 0}, {"build": "another"}, {"release": "another"}, {"step_number": 1}, {"step_number": 0}],
)
def test_a_verdict_on_another_step_build_or_release_is_wait(changes: dict[str, str | int]) -> None:
    snapshot = judged()
    assert snapshot.judgement.value
    other: Seen[Judgement | None] = Seen(with_changes(snapshot.judgement.value, **changes), snapshot.now)
    assert replace(snapshot, judgement=other).verdict.reason.startswith("not judged yet")


def test_without_an_engine_the_verdict_says_how_to_start_one() -> None:
    snapshot = replace(Scenario().at(1).snapshot, engine=Seen(Holder()), judgement=Seen(None))
    assert snapshot.verdict.reason == "not judged yet; no engine runs: start `cockpit engine`"


def test_the_rollback_target_is_never_a_build_of_the_newest_release() -> None:
    scenario = Scenario().installed()
    assert scenario.snapshot.rollback_target is None
    assert scenario.snapshot.last_good == build(1)
    assert Scenario().at(1).snapshot.rollback_target == build(1)


def test_a_finished_release_that_was_rolled_back_is_not_good() -> None:
    scenario = Scenario().installed()
    assert scenario.snapshot.base_commit
    scenario.append(RolledBack("b", ("canary",)))
    assert scenario.snapshot.good_releases == ()
    assert (scenario.snapshot.last_good, scenario.snapshot.base_commit) == (None, "")


def test_hosts_that_obeyed_a_newer_target_are_ahead_of_the_store() -> None:
    snapshot = Scenario().at(1).snapshot
    assert snapshot.ahead_of_store == ()
    host, status = next(iter(snapshot.statuses.value.items()))
    ahead = Seen({**snapshot.statuses.value, host: with_changes(status, serial=99)}, snapshot.now)
    assert replace(snapshot, statuses=ahead).ahead_of_store == (status.host,)
    assert replace(snapshot, statuses=ahead, targets=Seen({})).ahead_of_store == ()


def test_unreadable_records_count_from_the_last_good_release_on() -> None:
    scenario = Scenario().installed()
    scenario.append(Unreadable("releases/x/000009", "damaged"))
    assert [record.key for record in scenario.snapshot.unreadable_records] == ["releases/x/000009"]


def test_a_freeze_is_active_until_it_ends() -> None:
    scenario = Scenario().installed()
    assert not scenario.snapshot.active_freeze
    now = scenario.snapshot.now
    scenario.append(Frozen(now + 60.0))
    assert scenario.snapshot.active_freeze
    assert scenario.snapshot.at(now + 61.0).active_freeze is None


def test_the_counted_fleet_is_kept_only_while_it_is_valid() -> None:
    snapshot = Scenario().installed().snapshot
    fleet = snapshot.fleet
    until = min(rollout.valid_until for rollout in fleet.values())
    assert until > snapshot.now
    assert snapshot.at(until).fleet is fleet
    assert snapshot.at(until + 1.0).fleet is not fleet
