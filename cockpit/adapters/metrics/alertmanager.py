"""The firing alerts, from Alertmanager's API v2, or from Prometheus if there is no Alertmanager."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from cockpit.adapters.json_api import JsonApi
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.text import clean
from cockpit.ports import Failed

T = TypeVar("T")
_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*')


class _AlertStatus(Struct, frozen=True):
    state: str = "active"


class _AlertmanagerAlert(Struct, frozen=True, rename="camel"):
    """https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, gettableAlert."""

    labels: dict[str, str]
    starts_at: datetime
    annotations: dict[str, str] = field(default_factory=dict)
    status: _AlertStatus = _AlertStatus()


class _PrometheusAlert(Struct, frozen=True, rename="camel"):
    """https://prometheus.io/docs/prometheus/latest/querying/api/#alerts"""

    labels: dict[str, str]
    state: str
    active_at: datetime
    annotations: dict[str, str] = field(default_factory=dict)


class _AlertList(Struct, frozen=True):
    alerts: tuple[_PrometheusAlert, ...]


class _AlertsAnswer(Struct, frozen=True):
    status: str
    data: _AlertList


class AlertmanagerAlerts:
    """`ports.Alerts` of one Alertmanager; `matchers` in its own syntax, `severity="page"`."""

    def __init__(self, url: str, matchers: Sequence[str], timeout: float) -> None:
        self._api = JsonApi("alertmanager", url, timeout)
        states = ("active", "silenced", "inhibited", "unprocessed")
        self._params = (*((state, "true") for state in states), *(("filter", matcher) for matcher in matchers))

    async def alerts(self) -> tuple[Alert, ...]:
        """The firing alerts; silenced alerts are marked. Raises `Failed`."""
        body = await self._api.get("/api/v2/alerts", self._params)
        firing = _decoded("alertmanager", body, tuple[_AlertmanagerAlert, ...])
        return tuple(
            _alert(alert.labels, alert.annotations, alert.starts_at, alert.status.state == "suppressed")
            for alert in firing
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


class PrometheusAlerts:
    """`ports.Alerts` of the alerting rules in Prometheus, which has no silences."""

    def __init__(self, url: str, matchers: Sequence[str], timeout: float) -> None:
        self._api = JsonApi("prometheus", url, timeout)
        self._matchers = tuple(matchers)

    async def alerts(self) -> tuple[Alert, ...]:
        """The firing alerts that match. Raises `Failed`."""
        answer = _decoded("prometheus", await self._api.get("/api/v1/alerts", ()), _AlertsAnswer)
        if answer.status != "success":
            raise Failed("prometheus", "refused the query for its alerts")
        return tuple(
            _alert(alert.labels, alert.annotations, alert.active_at, silenced=False)
            for alert in answer.data.alerts
            if alert.state == "firing" and all(matches(matcher, alert.labels) for matcher in self._matchers)
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


def matches(matcher: str, labels: Mapping[str, str]) -> bool:
    """Whether the labels match `name="value"`, with `=`, `!=`, `=~` or `!~` as in Alertmanager. Raises `Failed`."""
    parts = _MATCHER.fullmatch(matcher)
    if parts is None:
        raise Failed("alerts", f"invalid matcher {clean(matcher)}", 'write it as severity="page"')
    name, operator, value = parts.groups()
    label = labels.get(name, "")
    try:
        matched = re.fullmatch(value, label) is not None if "~" in operator else label == value
    except re.error as bad:
        raise Failed("alerts", f"invalid regular expression in {clean(matcher)}: {bad}") from bad
    return matched != operator.startswith("!")


def _alert(labels: Mapping[str, str], annotations: Mapping[str, str], since: datetime, silenced: bool) -> Alert:
    about = annotations.get("summary") or annotations.get("description") or ""
    name = clean(labels.get("alertname", "")) or "an alert without a name"
    return Alert(name, since.timestamp(), clean(about), silenced)


def _decoded(system: str, body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as bad:
        raise Failed(system, "its response is not a list of alerts", "correct alerts.url") from bad
