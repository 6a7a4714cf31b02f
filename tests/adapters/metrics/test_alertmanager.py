"""Alerts of a real Alertmanager and of a real Prometheus."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cockpit.adapters.metrics.alertmanager import AlertmanagerAlerts, PrometheusAlerts, matches
from cockpit.deploy.gate.alerts import Alert, firing_text
from cockpit.ports import Failed
from tests.adapters.metrics.conftest import SharedPrometheus
from tests.metric_servers import alertmanager, eventually

pytestmark = pytest.mark.xdist_group("prometheus")


async def test_alertmanager_reports_firing_and_silenced_alerts(tmp_path: Path) -> None:
    async with alertmanager(tmp_path) as url, httpx.AsyncClient(trust_env=False, base_url=url) as client:
        began = datetime.fromtimestamp(time.time(), UTC) - timedelta(minutes=4)
        fired = [
            {"labels": {"alertname": name, "severity": severity}, "startsAt": began.isoformat()}
            for name, severity in (("HighLatency", "page"), ("QueueGrows", "page"), ("DiskFills", "ticket"))
        ]
        assert (await client.post("/api/v2/alerts", json=fired)).status_code == 200
        ends = (datetime.fromtimestamp(time.time(), UTC) + timedelta(hours=1)).isoformat()
        matcher = {"name": "alertname", "value": "QueueGrows", "isRegex": False, "isEqual": True}
        silence = {"matchers": [matcher], "startsAt": began.isoformat(), "endsAt": ends, "createdBy": "ada"}
        assert (await client.post("/api/v2/silences", json={**silence, "comment": "known"})).status_code == 200
        source = AlertmanagerAlerts(url, ['severity="page"'], 5.0)
        known = {"HighLatency": False, "QueueGrows": True}
        found = await eventually(source.alerts, lambda alerts: {a.name: a.silenced for a in alerts} == known)
        assert firing_text(found, began.timestamp() + 240) == "1 alert firing: HighLatency (4 min)"
        await source.close()


async def test_prometheus_reports_its_own_firing_alerts_that_match(shared_prometheus: SharedPrometheus) -> None:
    source = PrometheusAlerts(shared_prometheus.url, ['severity=~"pa.*"'], 5.0)
    (alert,) = await eventually(source.alerts, lambda alerts: len(alerts) == 1)
    assert (alert.name, alert.summary, alert.silenced) == ("HighLatency", "slow pages", False)
    await source.close()


async def test_an_unreachable_source_of_alerts_is_an_error() -> None:
    for source in (AlertmanagerAlerts("http://127.0.0.1:1", (), 5.0), PrometheusAlerts("http://127.0.0.1:1", (), 5.0)):
        with pytest.raises(Failed, match="cannot be reached"):
            await source.alerts()
        await source.close()


@pytest.mark.parametrize(
    ("matcher", "fits"),
    [
        ('severity="page"', True),
        ("severity=page", True),
        ('severity!="page"', False),
        ('severity =~ "pag."', True),
        ('severity=~"pa"', False),
        ('severity!~"ticket|info"', True),
        ('absent=""', True),
    ],
)
def test_matchers_have_alertmanagers_syntax(matcher: str, fits: bool) -> None:
    assert matches(matcher, {"severity": "page"}) is fits


@pytest.mark.parametrize("matcher", ["severity", "=page", 'severity=~"("'])
def test_an_invalid_matcher_is_refused(matcher: str) -> None:
    with pytest.raises(Failed, match=r"^alerts: invalid"):
        matches(matcher, {"severity": "page"})


def test_silenced_alerts_are_not_outstanding() -> None:
    assert firing_text((Alert("A", 0.0, silenced=True),), 60.0) == ""
