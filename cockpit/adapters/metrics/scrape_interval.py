"""The interval at which Prometheus scrapes the hosts.

A query more often than that mostly returns the same counters again: rates would jump between zero and double.
"""

import re
from collections.abc import Collection

import msgspec
from msgspec import Struct

from cockpit.adapters.json_api import JsonApi
from cockpit.ports import Failed

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_PART = re.compile(r"(\d+)(ms|[smhdwy])")


class _ScrapeTarget(Struct, frozen=True, rename="camel"):
    scrape_interval: str = ""
    """A duration of Prometheus, `1m30s`; empty in older versions."""
    labels: dict[str, str] = {}


class _ActiveTargets(Struct, frozen=True, rename="camel"):
    active_targets: tuple[_ScrapeTarget, ...] = ()


class _TargetsAnswer(Struct, frozen=True):
    """https://prometheus.io/docs/prometheus/latest/querying/api/#targets"""

    data: _ActiveTargets = _ActiveTargets()


async def scrape_interval(url: str, timeout: float, hosts: Collection[str]) -> float:
    """Seconds between two scrapes of the host that is scraped least often; 0 if it is unknown. Raises `Failed`.

    Hosts are found by the label `host`. If no target has a host's name, the shortest interval of all targets is used.
    """
    api = JsonApi("prometheus", url, timeout)
    try:
        body = await api.get("/api/v1/targets", {"state": "active"})
    finally:
        await api.close()
    try:
        targets = msgspec.json.decode(body, type=_TargetsAnswer).data.active_targets
    except msgspec.MsgspecError as bad:
        raise Failed(
            "prometheus", "its list of targets is not in the format of Prometheus", "correct metrics.url"
        ) from bad
    intervals = [seconds(target.scrape_interval) for target in targets if target.labels.get("host") in hosts]
    return max(intervals) if intervals else min((seconds(target.scrape_interval) for target in targets), default=0.0)


def seconds(duration: str) -> float:
    """The seconds of a duration such as `1m30s`; 0 if it is invalid."""
    parts = _PART.findall(duration)
    whole = "".join(number + unit for number, unit in parts) == duration
    return sum(int(number) * _UNITS[unit] for number, unit in parts) if whole else 0.0
