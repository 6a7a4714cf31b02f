"""Snapshots that the verbs print."""

import pytest

from cockpit import wiring
from cockpit.cli.parser import parse
from cockpit.cli.snapshot import read_snapshot, read_snapshot_with_alerts
from cockpit.ports import Failed
from tests.git_origin import GitOrigin


class FailingAlerts:
    """An alert source that does not answer."""

    async def alerts(self) -> None:
        raise Failed("alertmanager", "answers 503")


async def test_a_snapshot_has_the_configured_tiers(company: GitOrigin) -> None:
    snapshot = await read_snapshot(parse(["status"]))
    assert [tier.name for tier in snapshot.policy.tiers] == ["staging", "production"]
    assert snapshot.latest is None


async def test_an_alert_source_that_fails_is_part_of_the_snapshot(
    company: GitOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "alerts", lambda _: FailingAlerts())
    snapshot = await read_snapshot_with_alerts(parse(["away"]))
    assert snapshot.alerts.value is None
    assert "answers 503" in snapshot.alerts.error
