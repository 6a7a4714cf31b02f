"""Counters from a real Prometheus and from the scraper, and invalid answers of every kind."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from cockpit.adapters.metrics.prometheus import ByRoute, PrometheusMetrics
from cockpit.adapters.metrics.scraper import ScrapedMetrics
from cockpit.config.sections import PrometheusConfig
from cockpit.deploy.gate.traffic import Count, Counter, Scrape
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.ports import Failed, Metrics
from tests.adapters.metrics.conftest import TIERS, SharedPrometheus
from tests.metric_servers import Exporter, eventually

pytestmark = pytest.mark.xdist_group("prometheus")

QUERIES = PrometheusConfig()
PLACES = {"app": "shop", "tiers": "production|canary"}


def status(host: str, url: str = "") -> Status:
    return Status(
        host=host, tier=TIERS.get(host, "production"), state=HostState.SERVING, build="b1", serial=1,
        since=0.0, at=0.0, url=url,
    )  # fmt: skip


def metrics(url: str, fresh: float = 60.0, timeout: float = 5.0) -> PrometheusMetrics:
    routes = ByRoute(QUERIES.route_requests, QUERIES.route_errors)
    return PrometheusMetrics(url, QUERIES.requests, QUERIES.errors, QUERIES.age, PLACES, fresh, timeout, routes)


async def all_missing(source: Metrics, hosts: Exporter) -> None:
    """Forget the counters of the test before: the hosts are shared."""
    hosts.pages.clear()
    asked = tuple(status(host) for host in TIERS)
    await eventually(lambda: source.scrape(asked, time.time()), lambda scrape: not scrape.counters)


@pytest.fixture(params=["scrape", "prometheus"])
async def source(
    request: pytest.FixtureRequest, shared_prometheus: SharedPrometheus
) -> AsyncIterator[tuple[Metrics, tuple[Status, ...]]]:
    """Both sources over the same hosts, and those hosts."""
    asked = tuple(status(host, f"http://127.0.0.1:{shared_prometheus.hosts.port}/{host}") for host in TIERS)
    source: ScrapedMetrics | PrometheusMetrics = (
        ScrapedMetrics(path="") if request.param == "scrape" else metrics(shared_prometheus.url, fresh=2.0)
    )
    await all_missing(source, shared_prometheus.hosts)
    yield source, asked
    await source.close()


@pytest.fixture
def hosts(shared_prometheus: SharedPrometheus) -> Exporter:
    return shared_prometheus.hosts


async def test_every_source_has_counters_by_host_tier_and_build_and_the_missing_hosts(
    source: tuple[Metrics, tuple[Status, ...]], hosts: Exporter
) -> None:
    read, asked = source
    hosts.set_counts("web-1", "b1", 40, 3)
    hosts.set_counts("canary-1", "b2", 7, 0)
    scrape = await eventually(lambda: read.scrape(asked, time.time()), lambda scrape: len(scrape.counters) == 2)
    assert set(scrape.counters) == {
        Counter("web-1", "production", "b1", Count(40, 3)),
        Counter("canary-1", "canary", "b2", Count(7, 0)),
    }
    assert scrape.missing == ("web-2",)


async def test_every_source_has_counters_by_route_if_the_hosts_do(
    source: tuple[Metrics, tuple[Status, ...]], hosts: Exporter
) -> None:
    read, asked = source
    hosts.pages["canary-1"] = "".join(
        f'{name}{{build="b2",route="{route}"}} {count}\n'
        for name, counts in (("http_requests_total", (90, 10)), ("http_request_errors_total", (0, 7)))
        for route, count in zip(("/", "/pay"), counts, strict=True)
    )
    hosts.set_counts("web-1", "b1", 40, 3)
    scrape = await eventually(lambda: read.scrape(asked, time.time()), lambda scrape: len(scrape.counters) == 2)
    by_route = (("/", Count(90, 0)), ("/pay", Count(10, 7)))
    assert set(scrape.counters) == {
        Counter("canary-1", "canary", "b2", Count(100, 7), by_route),
        Counter("web-1", "production", "b1", Count(40, 3)),
    }


@pytest.mark.parametrize("fault", ["gone", "NaN", "only requests", "more errors than requests"])
async def test_in_every_source_a_host_without_valid_counters_is_missing_and_never_zero(
    source: tuple[Metrics, tuple[Status, ...]], hosts: Exporter, fault: str
) -> None:
    read, asked = source
    for host in TIERS:
        hosts.set_counts(host, "b1", 40, 3)
    await eventually(lambda: read.scrape(asked, time.time()), lambda scrape: not scrape.missing)
    match fault:
        case "gone":
            del hosts.pages["web-1"]
        case "NaN":
            hosts.set_counts("web-1", "b1", "NaN", 3)
        case "only requests":
            hosts.pages["web-1"] = 'http_requests_total{build="b1"} 41\n'
        case _:
            hosts.set_counts("web-1", "b1", 3, 4)
    if fault == "more errors than requests" and isinstance(read, ScrapedMetrics):
        return  # this source leaves that to the evaluation of the scrapes
    scrape = await eventually(lambda: read.scrape(asked, time.time()), lambda scrape: scrape.missing == ("web-1",))
    assert {counter.host for counter in scrape.counters} == {"web-2", "canary-1"}


async def test_history_is_read_by_a_range_query(shared_prometheus: SharedPrometheus) -> None:
    source, hosts = metrics(shared_prometheus.url), shared_prometheus.hosts
    await all_missing(source, hosts)
    for host in TIERS:
        hosts.set_counts(host, "b1", 40, 3)
    asked = tuple(status(host) for host in TIERS)
    now = (await eventually(lambda: source.scrape(asked, time.time()), lambda scrape: not scrape.missing)).at
    past = await source.history(asked, now, 120.0)
    assert past[-1].counters
    assert past[-1].missing == ()
    await source.close()


class FakeServer:
    """An API that sends the bytes that a test sets; None for no answer."""

    def __init__(self) -> None:
        self.answer: bytes | None = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        if self.answer is not None:
            writer.write(self.answer)
            await writer.drain()
            writer.close()


def http(body: object, status: str = "200 OK") -> bytes:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(text), text)


def vector(*series: tuple[str, str, str]) -> dict[str, object]:
    """An answer with (host, kind, value) of one build."""
    result = [
        {"metric": {"host": host, "tier": "production", "build": "b1", "cockpit": kind}, "value": [1.0, value]}
        for host, kind, value in series
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


GOOD = (("web-1", "requests", "40"), ("web-1", "errors", "3"), ("web-1", "age", "1.5"))


@pytest.fixture
async def fake() -> AsyncIterator[tuple[FakeServer, PrometheusMetrics]]:
    made = FakeServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1")
    source = metrics(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=1.0)
    yield made, source
    await source.close()
    server.close()


async def test_a_valid_answer_is_read(fake: tuple[FakeServer, PrometheusMetrics]) -> None:
    fake[0].answer = http(vector(*GOOD))
    assert await fake[1].scrape((status("web-1"),), 9.0) == Scrape(
        9.0, (Counter("web-1", "production", "b1", Count(40, 3)),), ()
    )


async def test_an_invalid_route_is_left_out_and_its_host_is_kept(
    fake: tuple[FakeServer, PrometheusMetrics],
) -> None:
    answer = vector(*GOOD)
    place = {"host": "web-1", "tier": "production", "build": "b1"}
    for route, kind, value in (
        ("/", "requests", "30"), ("/pay", "requests", "5"), ("/pay", "errors", "9"), ("/a", "requests", "NaN"),
        ("/b", "errors", "1"), ("", "requests", "5"),
    ):  # fmt: skip
        metric = {**place, "route": route, "cockpit": f"{kind} by route"}
        answer["data"]["result"].append({"metric": metric, "value": [1.0, value]})  # type: ignore[index]
    fake[0].answer = http(answer)
    (counter,) = (await fake[1].scrape((status("web-1"),), 9.0)).counters
    assert counter == Counter("web-1", "production", "b1", Count(40, 3), (("/", Count(30)),))


@pytest.mark.parametrize(
    "series",
    [
        (),
        GOOD[:1],
        GOOD[1:],
        (*GOOD, GOOD[0]),
        (("web-1", "requests", "NaN"), *GOOD[1:]),
        (("web-1", "requests", "+Inf"), *GOOD[1:]),
        (("web-1", "requests", "2"), *GOOD[1:]),
        (("web-1", "requests", "-1"), *GOOD[1:]),
        (*GOOD[:2], ("web-1", "age", "61")),
        (*GOOD[:2], ("web-1", "age", "NaN")),
    ],
)
async def test_an_absent_stale_duplicate_or_invalid_series_makes_its_host_missing(
    fake: tuple[FakeServer, PrometheusMetrics], series: tuple[tuple[str, str, str], ...]
) -> None:
    fake[0].answer = http(vector(*series))
    assert await fake[1].scrape((status("web-1"),), 9.0) == Scrape(9.0, (), ("web-1",))


async def test_a_host_with_one_invalid_build_is_missing_with_all_its_builds(
    fake: tuple[FakeServer, PrometheusMetrics],
) -> None:
    answer = vector(*GOOD, *((host.replace("1", "2"), kind, value) for host, kind, value in GOOD))
    half_restarted = {"host": "web-1", "tier": "production", "build": "b2", "cockpit": "requests"}
    answer["data"]["result"].append({"metric": half_restarted, "value": [1.0, "5"]})  # type: ignore[index]
    fake[0].answer = http(answer)
    scrape = await fake[1].scrape((status("web-1"), status("web-2")), 9.0)
    assert scrape == Scrape(9.0, (Counter("web-2", "production", "b1", Count(40, 3)),), ("web-1",))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http({"status": "error", "error": "bad \x1b[2Jquery"}, "400 Bad Request"), "answered 400"),
        (http(b"oops", "503 Service Unavailable"), "answered 503: oops"),
        (http({"status": "error", "error": "exec\x1b[2Jution"}), "execution"),
        (http({**vector(*GOOD), "warnings": ["one store is down"]}), "the result is partial: one store is down"),
        (http(b"<html>"), "its response is not in the format of Prometheus"),
        (
            http({"status": "success", "data": {"result": [{"metric": 7}]}}),
            "its response is not in the format of Prometheus",
        ),
        (b"garbage\r\n\r\n", "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{", "cannot be reached"),
        (b"", "cannot be reached"),
        (None, "did not answer within 1 s"),
    ],
)
async def test_a_failing_server_is_an_error_and_not_missing_hosts(
    fake: tuple[FakeServer, PrometheusMetrics], answer: bytes | None, words: str
) -> None:
    fake[0].answer = answer
    with pytest.raises(Failed, match=words) as failed:
        await fake[1].scrape((status("web-1"),), 9.0)
    assert "\x1b" not in str(failed.value)


async def test_an_unreachable_server_is_an_error() -> None:
    source = metrics("http://127.0.0.1:1")
    with pytest.raises(Failed, match="cannot be reached"):
        await source.scrape((status("web-1"),), 9.0)
    await source.close()
