import msgspec

from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.record.traffic_pages import TrafficPage, TrafficRow, buckets, page, width

WEB = ("web", "b1")


def traffic(*at: float, missing: tuple[str, ...] = ()) -> Traffic:
    return Traffic(tuple(Sample(when, {WEB: Count(10, 1), ("web", "b0"): Count()}, missing) for when in at))


def test_a_page_has_the_counts_and_reads_of_each_bucket() -> None:
    made = page(traffic(2, 4, 9.9, 10, 25), 0.0, 10.0, 31.0)
    assert made == TrafficPage(
        0.0, 10.0, (3, 1, 1, 0), (0, 0, 0, 0), (TrafficRow("web", "b1", ((30, 3), (10, 1), (10, 1), (0, 0))),), 25
    )


def test_samples_outside_the_page_are_left_out() -> None:
    made = page(traffic(5, 15, 65, 75), 10.0, 10.0, 1000.0)
    assert (made.until, made.reads) == (70.0, (1, 0, 0, 0, 0, 1))


def test_a_bucket_without_reads_differs_from_one_without_requests() -> None:
    quiet = Traffic((Sample(5.0, {WEB: Count()}),))
    (bucket,) = buckets((page(quiet, 0.0, 10.0, 25.0),))
    assert (bucket.since, bucket.until, bucket.reads, bucket.counts) == (0.0, 5.0, 1, {})


def test_missing_hosts_are_counted() -> None:
    made = page(traffic(2, 12, missing=("h1", "h2")), 0.0, 10.0, 15.0)
    assert made.hosts_missing == (2, 2)


def test_a_page_survives_encoding_and_is_small() -> None:
    made = page(traffic(*range(0, 60, 2)), 0.0, 10.0, 59.0)
    stored = msgspec.json.encode(made)
    assert msgspec.json.decode(stored, type=TrafficPage) == made
    assert len(stored) < 400


def test_buckets_grow_wider_with_the_age_of_the_release() -> None:
    assert [width(age) for age in (0, 3599, 3600, 86_399, 86_400, 1e9)] == [10, 10, 60, 60, 600, 600]
