"""How often Prometheus itself looks at the hosts.

Whoever asks it more often than every second look mostly hears the same counters again: rates jump between nothing and
double, and the chart moves in stairs.
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
    """As Prometheus writes durations: `1m30s`; older ones do not say."""
    labels: dict[str, str] = {}


class _ActiveTargets(Struct, frozen=True, rename="camel"):
    active_targets: tuple[_ScrapeTarget, ...] = ()


class _TargetsAnswer(Struct, frozen=True):
    """https://prometheus.io/docs/prometheus/latest/querying/api/#targets"""

    data: _ActiveTargets = _ActiveTargets()


async def scraped_every(url: str, timeout: float, hosts: Collection[str]) -> float:
    """Seconds between two looks at the slowest of these hosts; 0 where it does not say.

    Where no target is named as a host is, by its label `host`, the quickest of all stands for them: what is too quick
    for that one is too quick for every one. Raises `Failed`.
    """
    api = JsonApi("prometheus", url, timeout)
    try:
        body = await api.get("/api/v1/targets", {"state": "active"})
    finally:
        await api.close()
    try:
        targets = msgspec.json.decode(body, type=_TargetsAnswer).data.active_targets
    except msgspec.MsgspecError as bad:
        raise Failed("prometheus", "does not tell its targets as Prometheus does") from bad
    ours = [seconds(target.scrape_interval) for target in targets if target.labels.get("host") in hosts]
    return max(ours) if ours else min((seconds(target.scrape_interval) for target in targets), default=0.0)


def seconds(duration: str) -> float:
    """What Prometheus means by `1m30s`; 0 for what is no duration."""
    parts = _PART.findall(duration)
    whole = "".join(number + unit for number, unit in parts) == duration
    return sum(int(number) * _UNITS[unit] for number, unit in parts) if whole else 0.0
