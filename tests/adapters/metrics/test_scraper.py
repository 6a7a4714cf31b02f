"""Hosts' counters are scraped from a real HTTP server: a host has valid counters or is missing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cockpit.adapters.metrics import scraper
from cockpit.adapters.metrics.scraper import InvalidCounters, ScrapedMetrics, counts_by_build, counts_by_route
from cockpit.deploy.gate.traffic import Count, Counter, Scrape
from cockpit.deploy.hosts.status import HostState, Status

REQUESTS, ERRORS = "http_requests_total", "http_request_errors_total"
GOOD = """\
# HELP http_requests_total Requests answered.
# TYPE http_requests_total counter
http_requests_total{build="b1",route="/"} 40
http_requests_total{build="b1",route="/a"} 2
http_requests_total{build="b2",route="/"} 7
# TYPE http_request_errors_total counter
http_request_errors_total{build="b1",route="/"} 3
# TYPE other gauge
other{x="}\\""} NaN
"""


class Hosts:
    """A server that is every host: the first part of the path says which answer to give."""

    def __init__(self) -> None:
        self.answers: dict[str, str | bytes | None] = {}
        self.asked = 0
        self.connections = 0
        self.together = 1
        """So many requests have to be waiting before any is answered."""
        self.open = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while request := await reader.readline():
            while (await reader.readline()).strip():
                pass
            self.asked += 1
            if self.asked >= self.together:
                self.open.set()
            await self.open.wait()
            answer = self.answers.get(request.split()[1].decode())
            match answer:
                case None:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                case str():
                    body = answer.encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                case bytes():
                    writer.write(answer)
                    writer.write_eof()
            await writer.drain()
        writer.close()

    def host(self, name: str, answer: str | bytes | None, tier: str = "production") -> Status:
        """A host that gives `answer`: a body, or the bytes of a whole response."""
        self.answers[f"/{name}/metrics"] = answer
        return status(name, f"http://127.0.0.1:{self.port}/{name}", tier)


def status(name: str, url: str, tier: str = "production") -> Status:
    return Status(name, tier, HostState.SERVING, 0.0, 0.0, build="b1", url=url)


@pytest.fixture
async def hosts() -> AsyncIterator[Hosts]:
    made = Hosts()
    server = await asyncio.start_server(made.serve, "127.0.0.1")
    made.port = server.sockets[0].getsockname()[1]
    yield made
    made.open.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
async def metrics() -> AsyncIterator[ScrapedMetrics]:
    made = ScrapedMetrics()
    yield made
    await made.close()


async def test_counters_are_summed_by_host_tier_and_build(hosts: Hosts, metrics: ScrapedMetrics) -> None:
    b1, b2 = (("/", Count(40, 3)), ("/a", Count(2))), (("/", Count(7)),)
    asked = (hosts.host("h1", GOOD), hosts.host("h2", GOOD, "canary"))
    assert await metrics.scrape(asked, 12.5) == Scrape(
        12.5,
        (
            Counter("h1", "production", "b1", Count(42, 3), b1),
            Counter("h1", "production", "b2", Count(7, 0), b2),
            Counter("h2", "canary", "b1", Count(42, 3), b1),
            Counter("h2", "canary", "b2", Count(7, 0), b2),
        ),
        (),
    )


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="404"),
        pytest.param(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD.encode()), id="500"),
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: /h1/metrics\r\nContent-Length: 0\r\n\r\n", id="redirect"),
        pytest.param(b"garbage\r\n\r\n", id="not HTTP"),
        pytest.param(b"", id="hangs up"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + GOOD.encode(), id="ends too early"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + GOOD.encode()[:-60], id="cut short"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe" + GOOD.encode(), id="not UTF-8"),
        pytest.param("<html>It works!</html>\n", id="a web page"),
        pytest.param("", id="empty"),
        pytest.param(GOOD.replace("} 3", "} NaN"), id="NaN"),
    ],
)
async def test_a_host_with_an_invalid_response_is_missing_and_the_others_are_not(
    hosts: Hosts, metrics: ScrapedMetrics, answer: str | bytes | None
) -> None:
    read = await metrics.scrape((hosts.host("bad", answer), hosts.host("h1", GOOD)), 1.0)
    assert read.missing == ("bad",)
    assert {counter.host for counter in read.counters} == {"h1"}


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1", "nonsense", "file:///etc", "http://[", "http://\x00/"])
async def test_a_host_without_a_server_at_its_url_is_missing(metrics: ScrapedMetrics, url: str) -> None:
    assert await metrics.scrape((status("h1", url),), 1.0) == Scrape(1.0, (), ("h1",))


async def test_if_no_host_can_be_read_all_are_missing(hosts: Hosts, metrics: ScrapedMetrics) -> None:
    assert await metrics.scrape((hosts.host("h1", None), hosts.host("h2", "")), 1.0) == Scrape(1.0, (), ("h1", "h2"))


async def test_no_hosts_give_an_empty_scrape(metrics: ScrapedMetrics) -> None:
    assert await metrics.scrape((), 1.0) == Scrape(1.0, (), ())


async def test_a_host_that_hangs_is_missing_and_does_not_delay_others(
    hosts: Hosts, metrics: ScrapedMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scraper, "TIMEOUT", 0.5)
    dripping = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    asked = [hosts.host(f"h{n}", GOOD) for n in range(5)]
    hosts.together = 5
    await metrics.scrape((), 0.0)  # import httpx before the time is measured
    loop = asyncio.get_running_loop()
    hung = await asyncio.start_server(lambda reader, writer: writer.write(dripping), "127.0.0.1")
    port = hung.sockets[0].getsockname()[1]
    began = loop.time()
    slow = [status(f"slow{n}", f"http://127.0.0.1:{port}") for n in range(5)]
    read = await metrics.scrape((*slow, *asked), 1.0)
    assert loop.time() - began < 5 * 0.5  # one after another would take longer
    assert read.missing == tuple(host.host for host in slow)
    hung.close()


async def test_connections_are_reused(hosts: Hosts, metrics: ScrapedMetrics) -> None:
    host = hosts.host("h1", GOOD)
    for _ in range(3):
        await metrics.scrape((host,), 1.0)
    assert (hosts.asked, hosts.connections) == (3, 1)


async def test_an_oversized_response_is_not_read_to_its_end(
    hosts: Hosts, metrics: ScrapedMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scraper, "MAX_BYTES", 1000)
    read = await metrics.scrape((hosts.host("long", GOOD + "# \n" * 1000), hosts.host("h1", GOOD)), 1.0)
    assert read.missing == ("long",)


async def test_a_proxy_in_the_environment_is_ignored(
    hosts: Hosts, metrics: ScrapedMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert (await metrics.scrape((hosts.host("h1", GOOD),), 1.0)).missing == ()


async def test_path_and_counter_names_are_configurable(hosts: Hosts) -> None:
    metrics = ScrapedMetrics("/stats?raw=1", "hits", "faults")
    host = hosts.host("h1", None)
    hosts.answers["/h1/stats?raw=1"] = 'hits{build="b"} 2\nfaults{build="b"} 1\n'
    assert (await metrics.scrape((host,), 1.0)).counters == (Counter("h1", "production", "b", Count(2, 1)),)
    await metrics.close()


def exposition(*lines: str) -> str:
    return "\n".join((*lines, f"# TYPE {REQUESTS} counter", f"# TYPE {ERRORS} counter", ""))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('http_requests_total{build="b"} 5', Count(5)),
        ('http_requests_total{build="b"} 5 1395066363000', Count(5)),
        ('  http_requests_total\t{ build = "b" , } \t5  ', Count(5)),
        ('http_requests_total{build="b"}5', Count(5)),
        ('http_requests_total{build="b"} 1.2e+06', Count(1_200_000)),
        ('http_requests_total{build="b"} 5.0', Count(5)),
        ('http_requests_total{a="x,y}",build="b",c="{\\"build\\"=\\"no\\"}"} 5', Count(5)),
        ('http_requests_total{a="\u2028 \x0b",build="b"} 5', Count(5)),
        ('http_request_errors_total{build="b"} 5', Count(0, 5)),
    ],
)
def test_a_sample_is_read_in_every_valid_form(line: str, expected: Count) -> None:
    assert counts_by_build(exposition(line), REQUESTS, ERRORS) == {"b": expected}


def test_escapes_in_a_build_are_decoded() -> None:
    text = exposition('http_requests_total{build="a\\"b\\\\n\\n"} 1')
    assert counts_by_build(text, REQUESTS, ERRORS) == {'a"b\\n\n': Count(1)}


def test_counters_with_similar_names_are_ignored() -> None:
    text = exposition('http_requests_total_x{build="b"} 1', 'http_requests{build="b"} 1', "http_requests_totals 1")
    assert counts_by_build(text, REQUESTS, ERRORS) == {}


@pytest.mark.parametrize(
    "line",
    [
        "http_requests_total 5",
        "http_requests_total{} 5",
        'http_requests_total{route="/"} 5',
        'http_requests_total{build=""} 5',
        'http_requests_total{build="b"}',
        'http_requests_total{build="b"} five',
        'http_requests_total{build="b"} -1',
        'http_requests_total{build="b"} 1.5',
        'http_requests_total{build="b"} NaN',
        'http_requests_total{build="b"} +Inf',
        'http_requests_total{build="b"} 1e999',
        'http_requests_total{build="b"} 1e300',
        'http_requests_total{build="b"} 1_000',
        'http_requests_total{build="b"} ٣',
        'http_requests_total{build="b"} 5 soon',
        'http_requests_total{build="b} 5',
        'http_requests_total{build="\\x"} 5',
        'http_requests_total{build="b" a="c"} 5',
        "http_requests_total{build=b} 5",
        "http_requests_total{",
        "http_requests_total",
        'http_request_errors_total{build="b"} NaN',
    ],
)
def test_an_invalid_sample_invalidates_the_whole_response(line: str) -> None:
    with pytest.raises(InvalidCounters):
        counts_by_build(exposition('http_requests_total{build="b"} 1', line), REQUESTS, ERRORS)


def test_a_response_without_a_final_newline_is_cut_short() -> None:
    with pytest.raises(InvalidCounters, match="cut short"):
        counts_by_build(exposition() + 'http_requests_total{build="b"} 12', REQUESTS, ERRORS)


@pytest.mark.parametrize("missing", [REQUESTS, ERRORS])
def test_a_counter_without_type_line_and_sample_is_not_zero(missing: str) -> None:
    present = ERRORS if missing == REQUESTS else REQUESTS
    with pytest.raises(InvalidCounters, match="missing"):
        counts_by_build(f'{present}{{build="b"}} 1\n', REQUESTS, ERRORS)
    assert counts_by_build(f'{present}{{build="b"}} 1\n# TYPE {missing} counter\n', REQUESTS, ERRORS).keys() == {"b"}


def test_counters_are_read_by_route() -> None:
    assert counts_by_route(GOOD, REQUESTS, ERRORS, "route") == {
        "b1": {"/": Count(40, 3), "/a": Count(2)},
        "b2": {"/": Count(7)},
    }
    assert counts_by_route(GOOD, REQUESTS, ERRORS, "zone")["b1"] == {"": Count(42, 3)}
