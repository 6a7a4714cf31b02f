import pytest
from msgspec.structs import replace

from cockpit.rules.record.dora import DAY, DurationStats, dora_metrics, duration_stats
from tests.builders import POLICY, finished_release
from tests.recorded import NOON, clean, hotfixed, rolled_back

RELEASES = (rolled_back("2026-11-23.3"), hotfixed("2026-11-23.4", 1000.0), clean("2026-11-23.5", 3000.0))


def test_the_four_figures_of_a_day() -> None:
    found = dora_metrics(RELEASES, POLICY, NOON, NOON + DAY)
    assert (found.deploys, found.finished, found.failed) == (3, 2, 1)
    assert found.frequency == 2.0
    assert found.failure_rate == pytest.approx(1 / 3)
    assert found.restore == DurationStats(145.0, 145.0, 1)
    assert found.restore_unknown == 0


def test_lead_time_is_from_the_merge_to_every_host_without_what_was_taken_out() -> None:
    (release,) = RELEASES[1:2]
    found = dora_metrics((release,), POLICY, NOON, NOON + DAY)
    waits = sorted(NOON + 1600 - pull.merged for pull in release.pulls if pull.name != "#33")
    assert found.lead_time == DurationStats(waits[1], waits[2], 3)


def test_a_pr_without_a_recorded_merge_is_unknown_and_no_number() -> None:
    old = replace(RELEASES[2], pulls=tuple(replace(pull, merged=0.0) for pull in RELEASES[2].pulls))
    found = dora_metrics((old,), POLICY, NOON, NOON + DAY)
    assert (found.lead_time, found.lead_unknown) == (None, 4)


def test_a_failure_whose_end_nobody_recorded_is_counted_as_unknown() -> None:
    cut = rolled_back()
    found = dora_metrics((replace(cut, events=cut.events[:-1]),), POLICY, NOON, NOON + DAY)
    assert (found.failed, found.restore, found.restore_unknown) == (1, None, 1)


def test_only_what_fell_into_the_period_counts_and_an_empty_one_has_no_rates() -> None:
    found = dora_metrics((*RELEASES, finished_release()), POLICY, NOON + DAY, NOON + 3 * DAY)
    assert (found.deploys, found.finished, found.frequency) == (0, 0, 0.0)
    assert (found.failure_rate, found.lead_time, found.restore) == (None, None, None)
    with pytest.raises(ValueError, match="must end after it begins"):
        dora_metrics(RELEASES, POLICY, NOON, NOON)


@pytest.mark.parametrize(
    ("values", "median", "p90"),
    [((5.0,), 5.0, 5.0), ((1.0, 2.0), 1.0, 2.0), (tuple(map(float, range(1, 11))), 5.0, 9.0)],
)
def test_a_spread_is_by_nearest_rank(values: tuple[float, ...], median: float, p90: float) -> None:
    assert duration_stats(values) == DurationStats(median, p90, len(values))
    assert duration_stats(()) is None
