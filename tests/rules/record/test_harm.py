"""The harm of a build, and when it began."""

import pytest

from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.record.traffic_pages import Bucket
from cockpit.rules.record.harm import Harm, first_harm, harm

NEW = frozenset({"new"})
WEB = frozenset({"web"})


def bucket(since: float, new: tuple[int, int] = (0, 0), old: tuple[int, int] = (0, 0), lacking: int = 0) -> Bucket:
    counts = {("web", "new"): Count(*new), ("web", "old"): Count(*old)}
    return Bucket(since, since + 10, 5, lacking, {key: count for key, count in counts.items() if count.requests})


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        ((bucket(0, (100, 30), (100, 10)),), Harm(Count(100, 30), 20, False)),
        ((bucket(0, (100, 5), (100, 10)),), Harm(Count(100, 5), 0, False)),
        ((bucket(0, (100, 30)),), Harm(Count(100, 30), None, False)),
        ((bucket(0, old=(100, 10)),), Harm(Count(), 0, False)),
        ((bucket(0, (100, 30), (100, 10), lacking=1),), Harm(Count(100, 30), 20, True)),
        ((bucket(0, (50, 10), (100, 0)), bucket(40, (50, 10), (100, 0))), Harm(Count(100, 20), 20, True)),
        ((), None),
    ],
    ids=["worse", "better", "alone", "no traffic", "a host unread", "a gap", "nothing counted"],
)
def test_harm_is_the_errors_above_the_rate_of_other_builds(buckets: tuple[Bucket, ...], expected: Harm | None) -> None:
    end = max((each.until for each in buckets), default=0.0)
    assert harm(buckets, NEW, WEB, 0.0, end) == expected


def test_harm_is_a_lower_bound_if_the_end_was_not_counted() -> None:
    for end, more in ((10.0, False), (14.0, False), (15.0, False), (16.0, True), (float("inf"), True)):
        found = harm((bucket(0, (100, 30), (100, 10)),), NEW, WEB, 0.0, end)
        assert found
        assert found.at_least is more


def test_errors_before_and_after_the_incident_do_not_count() -> None:
    counted = tuple(bucket(at, (10, 5), (100, 0)) for at in (0, 10, 20, 30))
    found = harm(counted, NEW, WEB, 10.0, 30.0)
    assert found
    assert found.excess_errors == 10


def test_a_tier_without_old_hosts_is_compared_with_other_tiers() -> None:
    counts = {("canary", "new"): Count(100, 30), ("web", "old"): Count(100, 10)}
    found = harm((Bucket(0, 10, 5, 0, counts),), NEW, frozenset({"canary", "web"}), 0.0, 10.0)
    assert found
    assert found.excess_errors == 20


@pytest.mark.parametrize(
    ("errors", "began"),
    [((0, 0, 5, 5), 20.0), ((5, 0, 0, 5), 0.0), ((1, 0, 0, 0), None), ((1, 0, 0, 9), 30.0), ((0, 0, 0, 0), None)],
)
def test_harm_begins_when_the_error_rate_stays_too_high(errors: tuple[int, ...], began: float | None) -> None:
    counted = tuple(bucket(10 * place, (20, count), (1000, 20)) for place, count in enumerate(errors))
    assert first_harm(counted, NEW, WEB, 0.0, 40.0) == began


@pytest.mark.parametrize(("errors", "began"), [(4, None), (5, 0.0)])
def test_up_to_twice_the_rate_of_other_builds_is_no_beginning_of_harm(errors: int, began: float | None) -> None:
    counted = tuple(bucket(10 * place, (100, errors), (1000, 20)) for place in range(4))
    assert first_harm(counted, NEW, WEB, 0.0, 40.0) == began
