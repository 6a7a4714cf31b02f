"""The embedded metrics source: scrapes the hosts' counters over HTTP, in the Prometheus text format.

A host counts only if its response is complete and valid. Otherwise (a timeout, no counters, a sample without its build,
NaN) it is missing, because a host without data must never look healthy. Both counters need a TYPE line or a sample:
otherwise a misspelt error counter would read as no errors.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cockpit.deploy.gate.traffic import Count, Counter, Scrape
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.text import clean

if TYPE_CHECKING:
    import httpx

TIMEOUT = 1.0
"""Seconds for a host's whole response."""
MAX_BYTES = 4 * 1024 * 1024
"""Size limit of a response."""
MAX_CONNECTIONS = 256
"""Hosts scraped at the same time; well below the usual limit of 1,024 open files."""

# https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, version 0.0.4
_LABEL = r'[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\[\\"n])*)"[ \t]*'
_LABELS = re.compile(_LABEL)
_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*"
    rf"\{{(?P<labels>{_LABEL}(?:,{_LABEL})*,?)[ \t]*\}}[ \t]*"
    r"(?P<value>\S+)(?:[ \t]+-?[0-9]+)?"  # a timestamp may follow
)
_NUMBER = re.compile(r"\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXACT = 2**53
"""Counters are sent as floats: above this a float no longer counts every request."""


class InvalidCounters(Exception):
    """The response has no valid counters."""


class ScrapedMetrics:
    """`ports.Metrics` from each host's `url` + `path`; `requests` and `errors` name the two counters.

    Both counters have a `build` label. All other labels but `route` are summed over.
    """

    def __init__(
        self,
        path: str = "/metrics",
        requests: str = "http_requests_total",
        errors: str = "http_request_errors_total",
        route: str = "route",
    ) -> None:
        self._path = path
        self._requests = requests
        self._errors = errors
        self._route = route
        self._client: httpx.AsyncClient | None = None
        self._starting = asyncio.Lock()
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        """The counters of all hosts, scraped concurrently; hosts that cannot be read are in `missing`."""
        async with self._starting:
            if self._client is None:  # in a thread: importing httpx takes a tenth of a second
                self._client = await asyncio.to_thread(_client)
        client = self._client
        results = await asyncio.gather(*(self._read(client, host) for host in hosts))
        counters = tuple(counter for result in results for counter in result or ())
        missing = tuple(host.host for host, result in zip(hosts, results, strict=True) if result is None)
        return Scrape(now, counters, missing)

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        """Nothing: hosts only have the present values of their counters."""
        return ()

    async def close(self) -> None:
        """Close the connections; the next scrape opens new ones."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def _read(self, client: "httpx.AsyncClient", host: Status) -> tuple[Counter, ...] | None:
        import httpx

        if not host.url:
            return None
        try:
            async with self._slots, asyncio.timeout(TIMEOUT):
                text = await _get(client, host.url.rstrip("/") + self._path)
            counts = counts_by_route(text, self._requests, self._errors, self._route)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError, InvalidCounters):
            return None  # OSError includes TimeoutError
        return tuple(
            Counter(
                host.host,
                host.tier,
                build,
                sum(routes.values(), Count()),
                tuple(sorted((route, count) for route, count in routes.items() if route)),
            )
            for build, routes in sorted(counts.items())
        )


def counts_by_build(text: str, requests: str, errors: str) -> dict[str, Count]:
    """{build: count} in a host's response, summed over all other labels. Raises `InvalidCounters`."""
    return {build: sum(by.values(), Count()) for build, by in counts_by_route(text, requests, errors, "").items()}


def counts_by_route(text: str, requests: str, errors: str, label: str) -> dict[str, dict[str, Count]]:
    """{build: {route: count}} in a host's response. Raises `InvalidCounters`.

    The route is the value of `label`, or empty if a sample does not have it.
    """
    if not text.endswith("\n"):
        raise InvalidCounters("it is cut short")
    declared: set[str] = set()
    counts: dict[str, dict[str, Count]] = {}
    for line in text.split("\n"):
        words = line.split(maxsplit=3)
        if words[:2] == ["#", "TYPE"]:
            declared.update(words[2:3])
        elif re.split(r"[{ \t]", line.lstrip(" \t"), maxsplit=1)[0] in (requests, errors):
            name, labels, value = _sample(line)
            declared.add(name)
            count = Count(value, 0) if name == requests else Count(0, value)
            routes, route = counts.setdefault(labels["build"], {}), clean(labels.get(label, ""))
            routes[route] = routes.get(route, Count()) + count
    if not {requests, errors} <= declared:
        raise InvalidCounters("a counter is missing")
    return counts


def _sample(line: str) -> tuple[str, dict[str, str], int]:
    match = _SAMPLE.fullmatch(line.strip(" \t\r"))
    if match is None:
        raise InvalidCounters(f"not a sample with labels: {line}")
    labels = dict(_pairs(match["labels"]))
    if not labels.get("build"):
        raise InvalidCounters(f"no build label: {line}")
    number = match["value"]
    value = float(number) if _NUMBER.fullmatch(number) else -1.0
    if not (0 <= value <= _EXACT and value.is_integer()):
        raise InvalidCounters(f"not a count: {line}")
    return match["name"], labels, int(value)


def _pairs(labels: str) -> Iterator[tuple[str, str]]:
    for match in _LABELS.finditer(labels):
        yield match[1], re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], match[2])


async def _get(client: "httpx.AsyncClient", url: str) -> str:
    async with client.stream("GET", url) as response:
        if response.status_code != 200:
            raise InvalidCounters(f"it answers {response.status_code}")
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                raise InvalidCounters("it is too long")
    return body.decode()


def _client() -> "httpx.AsyncClient":
    import httpx

    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
    # trust_env is off: requests to the company's own hosts must not go through a proxy to the internet.
    return httpx.AsyncClient(
        timeout=TIMEOUT, limits=limits, trust_env=False, headers={"Accept": "text/plain;version=0.0.4"}
    )
