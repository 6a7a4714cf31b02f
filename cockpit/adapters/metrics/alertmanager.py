"""Alerts that fire now, from Alertmanager's API v2, or from Prometheus itself where there is no Alertmanager."""

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


class _Managed(Struct, frozen=True, rename="camel"):
    """https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, gettableAlert."""

    labels: dict[str, str]
    starts_at: datetime
    annotations: dict[str, str] = field(default_factory=dict)
    status: _AlertStatus = _AlertStatus()


class _Ruled(Struct, frozen=True, rename="camel"):
    """https://prometheus.io/docs/prometheus/latest/querying/api/#alerts"""

    labels: dict[str, str]
    state: str
    active_at: datetime
    annotations: dict[str, str] = field(default_factory=dict)


class _AlertList(Struct, frozen=True):
    alerts: tuple[_Ruled, ...]


class _RulesAnswer(Struct, frozen=True):
    status: str
    data: _AlertList


class AlertmanagerAlerts:
    """`ports.Alerts` of one Alertmanager; `matchers` as it writes them itself, `severity="page"`."""

    def __init__(self, url: str, matchers: Sequence[str], timeout: float) -> None:
        self._api = JsonApi("alertmanager", url, timeout)
        states = ("active", "silenced", "inhibited", "unprocessed")
        self._params = (*((state, "true") for state in states), *(("filter", matcher) for matcher in matchers))

    async def alerts(self) -> tuple[Alert, ...]:
        """Those that fire, silenced ones marked. Raises `Failed`."""
        body = await self._api.get("/api/v2/alerts", self._params)
        found = _decoded("alertmanager", body, tuple[_Managed, ...])
        return tuple(
            _alert(alert.labels, alert.annotations, alert.starts_at, alert.status.state == "suppressed")
            for alert in found
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


class PrometheusAlerts:
    """`ports.Alerts` of a Prometheus server's own rules; it knows no silences."""

    def __init__(self, url: str, matchers: Sequence[str], timeout: float) -> None:
        self._api = JsonApi("prometheus", url, timeout)
        self._matchers = tuple(matchers)

    async def alerts(self) -> tuple[Alert, ...]:
        """Those that fire and match. Raises `Failed`."""
        answer = _decoded("prometheus", await self._api.get("/api/v1/alerts", ()), _RulesAnswer)
        if answer.status != "success":
            raise Failed("prometheus", "refuses to tell its alerts")
        return tuple(
            _alert(alert.labels, alert.annotations, alert.active_at, silenced=False)
            for alert in answer.data.alerts
            if alert.state == "firing" and all(matches(matcher, alert.labels) for matcher in self._matchers)
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def matches(matcher: str, labels: Mapping[str, str]) -> bool:
    """Whether the labels fit `name="value"`, `!=`, `=~` or `!~`, as Alertmanager reads them. Raises `Failed`."""
    parts = _MATCHER.fullmatch(matcher)
    if parts is None:
        raise Failed("alerts", f"{clean(matcher)} is no matcher", 'write it as severity="page"')
    name, operator, value = parts.groups()
    given = labels.get(name, "")
    try:
        fits = re.fullmatch(value, given) is not None if "~" in operator else given == value
    except re.error as bad:
        raise Failed("alerts", f"{clean(matcher)} is no pattern: {bad}") from bad
    return fits != operator.startswith("!")


def _alert(labels: Mapping[str, str], annotations: Mapping[str, str], since: datetime, silenced: bool) -> Alert:
    about = annotations.get("summary") or annotations.get("description") or ""
    return Alert(
        clean(labels.get("alertname", "")) or "an alert without a name", since.timestamp(), clean(about), silenced
    )


def _decoded(system: str, body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as bad:
        raise Failed(system, "does not answer as it should", "look at alerts.url") from bad
