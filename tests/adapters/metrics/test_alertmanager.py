"""Alerts of a real Alertmanager and of a real Prometheus."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cockpit.adapters.metrics.alertmanager import AlertmanagerAlerts, PrometheusAlerts, matches
from cockpit.deploy.gate.alerts import Alert, firing_text
from cockpit.ports import Failed
from tests.metric_servers import alertmanager, eventually, exporter, prometheus

RULES = """
groups:
  - name: always
    rules:
      - {alert: HighLatency, expr: vector(1), labels: {severity: page}, annotations: {summary: "slow\\u001b[2J pages"}}
      - {alert: DiskFills, expr: vector(1), labels: {severity: ticket}}
      - {alert: NotYet, expr: vector(1), for: 1h, labels: {severity: page}}
"""


async def test_alertmanager_tells_what_fires_and_what_is_silenced(tmp_path: Path) -> None:
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


async def test_prometheus_tells_its_own_firing_alerts_that_match(tmp_path: Path) -> None:
    async with exporter() as hosts, prometheus(tmp_path, hosts, {}, RULES) as url:
        source = PrometheusAlerts(url, ['severity=~"pa.*"'], 5.0)
        (found,) = await eventually(source.alerts, lambda alerts: len(alerts) == 1)
        assert (found.name, found.summary, found.silenced) == ("HighLatency", "slow pages", False)
        await source.close()


async def test_a_source_of_alerts_that_fails_says_so() -> None:
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
def test_matchers_are_read_as_alertmanager_reads_them(matcher: str, fits: bool) -> None:
    assert matches(matcher, {"severity": "page"}) is fits


@pytest.mark.parametrize("matcher", ["severity", "=page", 'severity=~"("'])
def test_what_is_no_matcher_is_refused(matcher: str) -> None:
    with pytest.raises(Failed, match="is no"):
        matches(matcher, {"severity": "page"})


def test_silenced_alerts_are_not_outstanding() -> None:
    assert firing_text((Alert("A", 0.0, silenced=True),), 60.0) == ""
