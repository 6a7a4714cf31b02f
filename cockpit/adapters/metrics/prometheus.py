"""The metrics of a Prometheus server: what its PromQL says of every host's counters, all tiers in one round trip.

A server that does not answer, refuses, warns or answers in part is a source that failed, and says so. A host is
missing where a series of it is absent, NaN, doubled, or older than `fresh` seconds: an instant query repeats a dead
host's last value for five minutes. None of these is ever taken for 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from string import Template

import msgspec
from msgspec import Struct

from cockpit.adapters.json_api import JsonApi
from cockpit.deploy.gate.traffic import Count, Counter, Scrape
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.text import clean
from cockpit.ports import Failed

STEP = 60
"""Seconds between two points of history."""
KINDS = ("requests", "errors", "age")
ROUTE_KINDS = ("requests by route", "errors by route")
_EXACT = 2**53


class Series(Struct, frozen=True):
    """One series of an answer: a value now, or values over time."""

    metric: dict[str, str]
    value: tuple[float, str] | None = None
    values: tuple[tuple[float, str], ...] = ()


class Result(Struct, frozen=True):
    """`data` of an answer."""

    result: tuple[Series, ...] = ()


class QueryAnswer(Struct, frozen=True):
    """https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview"""

    status: str
    data: Result = Result()
    error: str = ""
    warnings: tuple[str, ...] = ()


class ByRoute(Struct, frozen=True):
    """PromQL for the same counters by route, too, and the label that names it; empty for none."""

    requests: str = ""
    errors: str = ""
    label: str = "route"


NO_ROUTES = ByRoute()


class PrometheusMetrics:
    """`ports.Metrics` by PromQL; `places` are what `$app` and `$tiers` in a query stand for.

    `requests` and `errors` must give counters by `host`, `tier` and `build`; `age` the seconds since those were
    scraped, by the same labels.
    """

    def __init__(
        self,
        url: str,
        requests: str,
        errors: str,
        age: str,
        places: Mapping[str, str],
        fresh: float,
        timeout: float,
        by_route: ByRoute = NO_ROUTES,
    ) -> None:
        plain = tuple(zip(KINDS, (requests, errors, age), strict=True))
        routes = tuple(zip(ROUTE_KINDS, (by_route.requests, by_route.errors), strict=True))
        whole = bool(by_route.label) and all(query for _, query in routes)
        self._past = _marked(plain, places)
        self._query = _marked((*plain, *(routes if whole else ())), places)
        self._route = by_route.label if whole else ""
        self._fresh = fresh
        self._api = JsonApi("prometheus", url, timeout)

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        """What the hosts' counters say. Raises `Failed` where the server itself cannot be asked."""
        answer = await self._ask("/api/v1/query", {"query": self._query})
        points = ((series.metric, series.value) for series in answer.data.result)
        return _scrape(now, points, hosts, self._fresh, self._route)

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        """The same, but for routes, for every minute of the last `seconds`, oldest first; minutes without any series
        are left out."""
        span = {"start": f"{now - seconds:.3f}", "end": f"{now:.3f}", "step": str(STEP)}
        answer = await self._ask("/api/v1/query_range", {"query": self._past, **span})
        by_time: dict[float, list[tuple[dict[str, str], tuple[float, str] | None]]] = {}
        for series in answer.data.result:
            for at, value in series.values:
                by_time.setdefault(at, []).append((series.metric, (at, value)))
        return tuple(_scrape(at, by_time[at], hosts, self._fresh) for at in sorted(by_time))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def _ask(self, path: str, params: dict[str, str]) -> QueryAnswer:
        body = await self._api.get(path, params)
        try:
            answer = msgspec.json.decode(body, type=QueryAnswer)
        except msgspec.MsgspecError as bad:
            raise Failed("prometheus", "does not answer as Prometheus does", "look at metrics.url") from bad
        if answer.status != "success":
            raise Failed("prometheus", clean(answer.error) or "refuses the query", "try the query in its own page")
        if answer.warnings:
            raise Failed("prometheus", f"answers in part: {clean('; '.join(answer.warnings))}")
        return answer


def _scrape(
    at: float,
    points: Iterable[tuple[Mapping[str, str], tuple[float, str] | None]],
    hosts: Sequence[Status],
    fresh: float,
    route: str = "",
) -> Scrape:
    """The counters of which all three values are there once and make sense; hosts without any are missing."""
    routes: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}
    found: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for metric, value in points:
        place = clean(metric.get("host", "")), clean(metric.get("tier", "")), clean(metric.get("build", ""))
        number = _number(value[1]) if value else None
        if (kind := metric.get("cockpit", "")) in ROUTE_KINDS:
            if number is not None and (name := clean(metric.get(route, ""))):
                routes.setdefault(place, {}).setdefault(name, {})[kind] = number
            continue
        found.setdefault(place, {}).setdefault(kind, []).append(-1 if number is None else number)
    counters, bad = [], set[str]()
    for (host, tier, build), values in sorted(found.items()):
        requests, errors, age = (values.get(kind, ()) for kind in KINDS)
        if not (host and tier and build):
            continue
        if len(requests) == len(errors) == len(age) == 1 and 0 <= errors[0] <= requests[0] <= _EXACT:
            if 0 <= age[0] <= fresh:
                told = _routes(routes.get((host, tier, build), {}))
                counters.append(Counter(host, tier, build, Count(round(requests[0]), round(errors[0])), told))
        else:
            bad.add(host)
    good = {counter.host for counter in counters} - bad
    kept = tuple(counter for counter in counters if counter.host in good)
    return Scrape(at, kept, tuple(status.host for status in hosts if status.host not in good))


def _marked(queries: Iterable[tuple[str, str]], places: Mapping[str, str]) -> str:
    """One query for all of them, each series marked with its kind."""
    filled = ((kind, Template(query).safe_substitute(places)) for kind, query in queries)
    return " or ".join(f'label_replace({query}, "cockpit", "{kind}", "", "")' for kind, query in filled)


def _routes(found: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, Count], ...]:
    """The routes whose counts make sense. One without a series of errors had none: the host's whole count is known."""
    requests, errors = ROUTE_KINDS
    counts = ((name, by.get(requests, 0.0), by.get(errors, 0.0)) for name, by in sorted(found.items()))
    return tuple((name, Count(round(n), round(x))) for name, n, x in counts if 0 <= x <= n <= _EXACT)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
