"""How often a real Prometheus says that it looks, and durations as it writes them."""

from pathlib import Path

import pytest

from cockpit.adapters.metrics.scrape_interval import scraped_every, seconds
from tests.metric_servers import eventually, exporter, prometheus


async def test_the_hosts_that_are_asked_for_are_found_among_its_targets_or_all_stand_for_them(tmp_path: Path) -> None:
    async with exporter() as hosts, prometheus(tmp_path, hosts, {"p1": "production", "p2": "production"}) as url:
        # it has no targets in its first seconds
        assert await eventually(lambda: scraped_every(url, 5.0, {"p1", "p9"}), bool) == 0.5
        assert await scraped_every(url, 5.0, {"elsewhere"}) == 0.5


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
def test_a_duration_is_read_as_prometheus_writes_it(text: str, means: float) -> None:
    assert seconds(text) == means
