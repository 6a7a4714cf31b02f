"""The DORA metrics over a period."""

import pytest
from msgspec.structs import replace

from cockpit.deploy.facts import RevertAsked
from cockpit.rules.record.dora import DAY, DurationStats, dora_metrics, duration_stats
from tests.builders import POLICY, PULLS, finished_release
from tests.recorded_releases import NOON, clean, hotfixed, pages, recorded_release, rolled_back

RELEASES = (rolled_back("2026-11-23.3"), hotfixed("2026-11-23.4", 1000.0), clean("2026-11-23.5", 3000.0))


def test_the_four_metrics_of_a_day() -> None:
    metrics = dora_metrics(RELEASES, POLICY, NOON, NOON + DAY)
    assert (metrics.deploys, metrics.finished, metrics.failed) == (3, 2, 1)
    assert metrics.frequency == 2.0
    assert metrics.failure_rate == pytest.approx(1 / 3)
    assert metrics.restore == DurationStats(145.0, 145.0, 1)
    assert metrics.restore_unknown == 0


def test_lead_time_is_from_merge_to_every_host_without_reverted_prs() -> None:
    (release,) = RELEASES[1:2]
    metrics = dora_metrics((release,), POLICY, NOON, NOON + DAY)
    waits = sorted(NOON + 1600 - pull.merged for pull in release.pulls if pull.name != "#33")
    assert metrics.lead_time == DurationStats(waits[1], waits[2], 3)


def test_a_pr_without_a_recorded_merge_has_an_unknown_lead_time() -> None:
    old = replace(RELEASES[2], pulls=tuple(replace(pull, merged=0.0) for pull in RELEASES[2].pulls))
    metrics = dora_metrics((old,), POLICY, NOON, NOON + DAY)
    assert (metrics.lead_time, metrics.lead_unknown) == (None, 4)


def test_a_failure_without_a_recorded_recovery_has_an_unknown_restore_time() -> None:
    cut = rolled_back()
    metrics = dora_metrics((replace(cut, events=cut.events[:-1]),), POLICY, NOON, NOON + DAY)
    assert (metrics.failed, metrics.restore, metrics.restore_unknown) == (1, None, 1)


def test_a_rollback_and_the_revert_that_follows_are_one_failure_with_a_known_recovery() -> None:
    before = [(event.at - NOON, event.what) for event in rolled_back().events]
    release = recorded_release("2026-11-23.3", *before, (300, RevertAsked(PULLS[2])))
    metrics = dora_metrics((release,), POLICY, NOON, NOON + DAY, {release.id: pages()})
    assert (metrics.failed, metrics.restore_unknown) == (1, 0)
    assert metrics.restore
    assert metrics.restore.count == 1


def test_only_the_period_counts_and_an_empty_one_has_no_rates() -> None:
    metrics = dora_metrics((*RELEASES, finished_release()), POLICY, NOON + DAY, NOON + 3 * DAY)
    assert (metrics.deploys, metrics.finished, metrics.frequency) == (0, 0, 0.0)
    assert (metrics.failure_rate, metrics.lead_time, metrics.restore) == (None, None, None)
    with pytest.raises(ValueError, match="must end after it begins"):
        dora_metrics(RELEASES, POLICY, NOON, NOON)


@pytest.mark.parametrize(
    ("values", "median", "p90"),
    [((5.0,), 5.0, 5.0), ((1.0, 2.0), 1.0, 2.0), (tuple(map(float, range(1, 11))), 5.0, 9.0)],
)
def test_median_and_p90_are_by_nearest_rank(values: tuple[float, ...], median: float, p90: float) -> None:
    assert duration_stats(values) == DurationStats(median, p90, len(values))
    assert duration_stats(()) is None
