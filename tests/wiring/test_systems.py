"""External systems by config: absent ones are None, configured ones are opened by kind."""

from pathlib import Path

import pytest

from cockpit.adapters.metrics.prometheus import PrometheusMetrics
from cockpit.adapters.metrics.scraper import ScrapedMetrics
from cockpit.config import Config, load
from cockpit.wiring import systems
from tests.process_company import ProcessCompany


def config_with(folder: Path, more: str) -> Config:
    file = ProcessCompany(folder).folder / "config.toml"
    file.write_text(file.read_text() + more)
    return load(file)


def test_systems_that_are_not_configured_are_none(tmp_path: Path) -> None:
    config = config_with(tmp_path, "")
    for open_system in (
        systems.alerts,
        systems.forge,
        systems.reports,
        systems.rota_source,
        systems.revert_pull_opener,
    ):
        assert open_system(config) is None, open_system.__name__


def test_metrics_are_scraped_or_read_from_prometheus(tmp_path: Path) -> None:
    assert isinstance(systems.metrics(config_with(tmp_path / "a", "")), ScrapedMetrics)
    prometheus = '[metrics]\nkind = "prometheus"\n[prometheus]\nurl = "http://127.0.0.1:9090"\n'
    assert isinstance(systems.metrics(config_with(tmp_path / "b", prometheus)), PrometheusMetrics)


async def test_only_prometheus_has_a_scrape_interval(tmp_path: Path) -> None:
    assert await systems.scrape_interval(config_with(tmp_path, ""), ["web-01"]) == 0.0


@pytest.mark.parametrize(
    ("tz", "zone"), [("Asia/Tokyo", "Asia/Tokyo"), (":Asia/Tokyo", "Asia/Tokyo"), ("no/zone", ""), ("", "")]
)
def test_the_local_zone_is_read_from_tz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tz: str, zone: str) -> None:
    monkeypatch.setenv("TZ", tz)
    assert systems.local_zone(config_with(tmp_path, "")) == zone


def test_the_team_s_own_zone_is_not_shown_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_with(tmp_path, '[calendar]\nzone = "Europe/Berlin"\n')
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert systems.local_zone(config) == ""
