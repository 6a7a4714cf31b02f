"""The metrics of a Prometheus server: every host's counters, for all tiers with one query.

A query that fails, warns or has a partial result raises `Failed`. A host is missing if one of its series is absent,
NaN, duplicated, or older than `fresh` seconds: an instant query repeats the last value of a dead host for five minutes.
None of these ever counts as 0.
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
    """One series of a result: a value now, or values over time."""

    metric: dict[str, str]
    value: tuple[float, str] | None = None
    values: tuple[tuple[float, str], ...] = ()


class Result(Struct, frozen=True):
    """The `data` of an answer."""

    result: tuple[Series, ...] = ()


class QueryAnswer(Struct, frozen=True):
    """https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview"""

    status: str
    data: Result = Result()
    error: str = ""
    warnings: tuple[str, ...] = ()


class ByRoute(Struct, frozen=True):
    """PromQL for the same counters by route, and the label of the route; empty for none."""

    requests: str = ""
    errors: str = ""
    label: str = "route"


NO_ROUTES = ByRoute()


class PrometheusMetrics:
    """`ports.Metrics` by PromQL; `placeholders` are the values of `$app` and `$tiers` in a query.

    `requests` and `errors` must give counters by `host`, `tier` and `build`. `age` must give the seconds since they
    were scraped, by the same labels.
    """

    def __init__(
        self,
        url: str,
        requests: str,
        errors: str,
        age: str,
        placeholders: Mapping[str, str],
        fresh: float,
        timeout: float,
        by_route: ByRoute = NO_ROUTES,
    ) -> None:
        hosts = tuple(zip(KINDS, (requests, errors, age), strict=True))
        routes = tuple(zip(ROUTE_KINDS, (by_route.requests, by_route.errors), strict=True))
        has_routes = bool(by_route.label) and all(query for _, query in routes)
        self._history_query = _combined(hosts, placeholders)
        self._query = _combined((*hosts, *(routes if has_routes else ())), placeholders)
        self._route = by_route.label if has_routes else ""
        self._fresh = fresh
        self._api = JsonApi("prometheus", url, timeout)

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        """The hosts' counters. Raises `Failed` if the server does not answer."""
        answer = await self._get("/api/v1/query", {"query": self._query})
        samples = ((series.metric, series.value) for series in answer.data.result)
        return _scrape(now, samples, hosts, self._fresh, self._route)

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        """The hosts' counters, without routes, for every minute of the last `seconds`, oldest first.

        Minutes without any series are left out.
        """
        span = {"start": f"{now - seconds:.3f}", "end": f"{now:.3f}", "step": str(STEP)}
        answer = await self._get("/api/v1/query_range", {"query": self._history_query, **span})
        by_time: dict[float, list[tuple[dict[str, str], tuple[float, str] | None]]] = {}
        for series in answer.data.result:
            for at, value in series.values:
                by_time.setdefault(at, []).append((series.metric, (at, value)))
        return tuple(_scrape(at, by_time[at], hosts, self._fresh) for at in sorted(by_time))

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _get(self, path: str, params: dict[str, str]) -> QueryAnswer:
        body = await self._api.get(path, params)
        try:
            answer = msgspec.json.decode(body, type=QueryAnswer)
        except msgspec.MsgspecError as bad:
            raise Failed(
                "prometheus", "its response is not in the format of Prometheus", "correct metrics.url"
            ) from bad
        if answer.status != "success":
            raise Failed("prometheus", clean(answer.error) or "refused the query", "try the query in its web page")
        if answer.warnings:
            raise Failed("prometheus", f"the result is partial: {clean('; '.join(answer.warnings))}")
        return answer


def _scrape(
    at: float,
    samples: Iterable[tuple[Mapping[str, str], tuple[float, str] | None]],
    hosts: Sequence[Status],
    fresh: float,
    route: str = "",
) -> Scrape:
    """The counters with exactly one valid value of each kind; hosts without a valid counter are missing."""
    routes: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}
    totals: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for metric, value in samples:
        key = clean(metric.get("host", "")), clean(metric.get("tier", "")), clean(metric.get("build", ""))
        number = _number(value[1]) if value else None
        if (kind := metric.get("cockpit", "")) in ROUTE_KINDS:
            if number is not None and (name := clean(metric.get(route, ""))):
                routes.setdefault(key, {}).setdefault(name, {})[kind] = number
            continue
        totals.setdefault(key, {}).setdefault(kind, []).append(-1 if number is None else number)
    counters, bad = [], set[str]()
    for (host, tier, build), values in sorted(totals.items()):
        requests, errors, age = (values.get(kind, ()) for kind in KINDS)
        if not (host and tier and build):
            continue
        if len(requests) == len(errors) == len(age) == 1 and 0 <= errors[0] <= requests[0] <= _EXACT:
            if 0 <= age[0] <= fresh:
                by_route = _routes(routes.get((host, tier, build), {}))
                counters.append(Counter(host, tier, build, Count(round(requests[0]), round(errors[0])), by_route))
        else:
            bad.add(host)
    good = {counter.host for counter in counters} - bad
    kept = tuple(counter for counter in counters if counter.host in good)
    return Scrape(at, kept, tuple(status.host for status in hosts if status.host not in good))


def _combined(queries: Iterable[tuple[str, str]], placeholders: Mapping[str, str]) -> str:
    """One query for all kinds; each series has its kind in the label `cockpit`."""
    filled = ((kind, Template(query).safe_substitute(placeholders)) for kind, query in queries)
    return " or ".join(f'label_replace({query}, "cockpit", "{kind}", "", "")' for kind, query in filled)


def _routes(values: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, Count], ...]:
    """The routes with valid counts. A route without a series of errors has no errors: the host's total is known."""
    requests, errors = ROUTE_KINDS
    counts = ((name, by.get(requests, 0.0), by.get(errors, 0.0)) for name, by in sorted(values.items()))
    return tuple((name, Count(round(n), round(x))) for name, n, x in counts if 0 <= x <= n <= _EXACT)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
