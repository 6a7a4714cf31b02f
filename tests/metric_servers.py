"""Prometheus, Alertmanager, and a server of hosts' counters, for tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx

from cockpit.demo.processes.ports import free_ports
from tests.programs import need

T = TypeVar("T")


class Exporter:
    """One HTTP server for all hosts: `/<host>` serves the page that the test sets, else 503."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.port = 0

    def set_counts(self, host: str, build: str, requests: object, errors: object) -> None:
        """Set the counters of a host."""
        label = f'{{build="{build}"}}'
        self.pages[host] = f"http_requests_total{label} {requests}\nhttp_request_errors_total{label} {errors}\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        request = await reader.readline()
        while (await reader.readline()).strip():
            pass
        page = self.pages.get(request.split()[1].decode().strip("/"))
        body = (page or "").encode()
        status = b"200 OK" if page is not None else b"503 Service Unavailable"
        kind = b"Content-Type: text/plain; version=0.0.4\r\n"
        writer.write(b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, kind, len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def exporter() -> AsyncIterator[Exporter]:
    """A running exporter."""
    hosts = Exporter()
    server = await asyncio.start_server(hosts.serve, "127.0.0.1")
    hosts.port = server.sockets[0].getsockname()[1]
    async with server:
        yield hosts


@asynccontextmanager
async def prometheus(
    folder: Path, hosts: Exporter, tiers: Mapping[str, str], rules: str = "", interval: str = "500ms"
) -> AsyncIterator[str]:
    """The URL of a Prometheus that scrapes these {host: tier} every `interval`."""
    jobs = "".join(
        f"""
  - job_name: {host}
    metrics_path: /{host}
    static_configs: [{{targets: ["127.0.0.1:{hosts.port}"], labels: {{host: {host}, tier: {tier}}}}}]"""
        for host, tier in tiers.items()
    )
    (folder / "rules.yml").write_text(rules or "groups: []\n")
    config = folder / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: {interval}, scrape_timeout: {interval}, evaluation_interval: {interval}}}\n"
        f"rule_files: [rules.yml]\nscrape_configs:{jobs}\n"
    )
    (port,) = free_ports(1)
    argv = ["--config.file", str(config), "--storage.tsdb.path", str(folder / "tsdb")]
    async with _running("prometheus", *argv, "--web.listen-address", f"127.0.0.1:{port}"):
        url = f"http://127.0.0.1:{port}"
        await _wait_until_ready(f"{url}/-/ready")
        yield url


@asynccontextmanager
async def alertmanager(folder: Path) -> AsyncIterator[str]:
    """The URL of an Alertmanager."""
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    (port,) = free_ports(1)
    argv = ["--config.file", str(config), "--storage.path", str(folder / "am"), "--cluster.listen-address", ""]
    async with _running("prometheus-alertmanager", *argv, "--web.listen-address", f"127.0.0.1:{port}"):
        url = f"http://127.0.0.1:{port}"
        await _wait_until_ready(f"{url}/-/ready")
        yield url


@asynccontextmanager
async def _running(program: str, *argv: str) -> AsyncIterator[None]:
    need(program)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(program, *argv, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def eventually(read: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """The first value of `read` that holds; fails after a minute."""
    async with asyncio.timeout(60):
        while True:
            if holds(value := await read()):
                return value
            await asyncio.sleep(0.05)


async def _wait_until_ready(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
