"""The observer of an open release: what it compares, what is history, and what a restarted engine knows."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.facts import Call
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.gate.verdict import judge
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.rules.evidence import gather_evidence
from cockpit.rules.observer import Observer, control_builds, observe
from tests.scenario import Scenario, build

OLD, NEW = build(1).id, build(2).id
CANARY, TEN = 2, 3


def at(rung: int) -> Scenario:
    scenario = Scenario().at(rung)
    scenario.wait(1.0)
    return scenario


def counted(snapshot: Snapshot, worse: int = 1, before: int = 900, after: int = 300) -> Snapshot:
    """The same with samples every two seconds around the present step, and `now` at the last."""
    release = snapshot.latest
    assert release
    samples = []
    for k in range(-before // 2, after // 2 + 1):
        when, began = release.since + 2.0 * k, k > 0
        new = Count(250, worse if began else 1)
        samples.append(Sample(when, {("canary", NEW if began else OLD): new, ("production", OLD): Count(4000, 16)}))
    now = samples[-1].at
    fresh = {host: put(status, at=now) for host, status in snapshot.statuses.value.items()}
    return replace(snapshot, now=now, traffic=Seen(Traffic(tuple(samples)), now), statuses=Seen(fresh, now))


def call_on(snapshot: Snapshot, observer: Observer) -> Call:
    assert snapshot.open
    return judge(gather_evidence(snapshot, snapshot.open, observer), snapshot.policy.gate).call


def test_a_canary_is_compared_with_the_publics_old_hosts() -> None:
    scenario = at(CANARY)
    assert control_builds(scenario.snapshot, "canary", NEW) == (("production", OLD),)
    snapshot = counted(scenario.snapshot)
    observer = observe(None, snapshot, scenario.release)
    total = observer.observation.total
    assert (total.n1, total.n0) == (150 * 250, 150 * 4000)
    assert observer.observation.paired is not None
    assert observer.observation.paired.minutes == pytest.approx(15, abs=1)
    assert call_on(snapshot, observer) is Call.GO


def test_a_bad_canary_is_judged_roll_back() -> None:
    scenario = at(CANARY)
    snapshot = counted(scenario.snapshot, worse=6)
    assert call_on(snapshot, observe(None, snapshot, scenario.release)) is Call.ROLL_BACK


def test_observing_sample_by_sample_equals_observing_at_once() -> None:
    scenario = at(CANARY)
    whole = counted(scenario.snapshot)
    part = counted(scenario.snapshot, after=100)
    stepwise = observe(observe(None, part, scenario.release), whole, scenario.release)
    assert stepwise.observation.total == observe(None, whole, scenario.release).observation.total
    assert stepwise.observation.bets.worse_evidence == pytest.approx(
        observe(None, whole, scenario.release).observation.bets.worse_evidence
    )


def test_evidence_is_carried_over_to_the_next_step_but_not_to_another_build() -> None:
    scenario = at(CANARY)
    observer = observe(None, counted(scenario.snapshot), scenario.release)
    later = at(TEN)
    snapshot = counted(later.snapshot, after=0)
    assert observe(observer, snapshot, later.release).observation.bets.not_worse == observer.observation.bets.not_worse
    assert observe(put(observer, build="another"), snapshot, later.release).observation.bets.not_worse == 1.0


def test_a_restarted_engine_counts_only_the_time_it_has_samples_for() -> None:
    scenario = at(CANARY)
    snapshot = counted(scenario.snapshot)
    late = tuple(sample for sample in snapshot.traffic.value.samples if sample.at > snapshot.now - 40)
    restarted = replace(snapshot, traffic=Seen(Traffic(late), snapshot.now))
    found = gather_evidence(restarted, scenario.release, observe(None, restarted, scenario.release))
    assert found.watched < 40
    assert judge(found, snapshot.policy.gate).call is Call.WAIT


def test_a_newest_sample_without_any_host_is_not_go() -> None:
    scenario = at(CANARY)
    snapshot = counted(scenario.snapshot)
    dead = Sample(snapshot.now + 2, {}, tuple(snapshot.statuses.value))
    silent = replace(
        snapshot, now=snapshot.now + 2, traffic=Seen(Traffic((*snapshot.traffic.value.samples, dead)), snapshot.now + 2)
    )
    assert call_on(silent, observe(None, silent, scenario.release)) is Call.WAIT


@pytest.mark.parametrize(
    ("alerts", "age", "call"),
    [
        ((), 5.0, Call.GO),
        ((Alert("Known", 0.0, silenced=True),), 5.0, Call.GO),
        ((Alert("Slow", 0.0),), 5.0, Call.HOLD),
        ((), 61.0, Call.HOLD),
        (None, 5.0, Call.HOLD),
    ],
)
def test_a_firing_or_unknown_alert_holds(alerts: tuple[Alert, ...] | None, age: float, call: Call) -> None:
    scenario = at(CANARY)
    calm = counted(scenario.snapshot)
    snapshot = replace(calm, policy=put(calm.policy, watches_alerts=True), alerts=Seen(alerts, calm.now - age))
    assert call_on(snapshot, observe(None, snapshot, scenario.release)) is call


def test_a_step_on_another_tier_has_the_history_of_that_tier() -> None:
    canary = at(CANARY)
    observer = observe(None, counted(canary.snapshot), canary.release)
    later = at(TEN)
    snapshot = counted(later.snapshot, after=0)
    history = observe(observer, snapshot, later.release).observation.paired
    assert history == observe(None, snapshot, later.release).observation.paired
    assert history != observer.observation.paired


@pytest.mark.parametrize(
    ("host", "missing"), [("staging-1", 0), ("dogfood-1", 0), ("canary-1", 1), ("production-1", 1)]
)
def test_only_missing_hosts_of_the_compared_tiers_lower_the_share_of_samples(host: str, missing: int) -> None:
    scenario = at(CANARY)
    snapshot = counted(scenario.snapshot)
    *earlier, last = snapshot.traffic.value.samples
    lacking = replace(snapshot, traffic=Seen(Traffic((*earlier, replace(last, missing=(host,)))), snapshot.now))
    poll = observe(None, lacking, scenario.release).observation.recent[-1]
    assert poll.dropped == missing
    assert (poll.got < 1.0) is bool(missing)


def test_lost_samples_are_expected_samples() -> None:
    scenario = at(CANARY)
    snapshot = counted(scenario.snapshot)
    samples = snapshot.traffic.value.samples
    with_gap = replace(snapshot, traffic=Seen(Traffic((*samples[:-5], samples[-1])), snapshot.now))
    assert observe(None, with_gap, scenario.release).observation.recent[-1].expected == pytest.approx(5.0)


def test_only_public_tiers_are_history_for_a_public_tier() -> None:
    scenario = at(CANARY)
    snapshot = counted(scenario.snapshot)
    samples = tuple(
        replace(sample, counts={**sample.counts, ("dogfood", OLD): Count(900, 90)})
        for sample in snapshot.traffic.value.samples
    )
    with_dogfood = replace(snapshot, traffic=Seen(Traffic(samples), snapshot.now))
    history = observe(None, with_dogfood, scenario.release).observation.paired
    assert history == observe(None, snapshot, scenario.release).observation.paired
