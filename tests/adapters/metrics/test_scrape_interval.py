"""The scrape interval of a real Prometheus, and its durations."""

import pytest

from cockpit.adapters.metrics.scrape_interval import scrape_interval, seconds
from tests.adapters.metrics.conftest import INTERVAL, SharedPrometheus
from tests.metric_servers import eventually

pytestmark = pytest.mark.xdist_group("prometheus")


async def test_the_hosts_are_found_among_the_targets_or_all_targets_count(shared_prometheus: SharedPrometheus) -> None:
    url = shared_prometheus.url
    # there are no targets in the first seconds
    assert await eventually(lambda: scrape_interval(url, 5.0, {"web-1", "other"}), bool) == INTERVAL
    assert await scrape_interval(url, 5.0, {"other"}) == INTERVAL


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("15s", 15),
        ("500ms", 0.5),
        ("1m30s", 90),
        ("1h", 3600),
        ("1d12h", 129600),
        ("", 0),
        ("soon", 0),
        ("5", 0),
        ("1m x", 0),
    ],
)
def test_durations_have_prometheus_syntax(text: str, means: float) -> None:
    assert seconds(text) == means
