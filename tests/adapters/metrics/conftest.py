"""One Prometheus for all tests of the metrics adapters: it takes five seconds to start scraping."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.metric_servers import Exporter, exporter, prometheus

TIERS = {"web-1": "production", "web-2": "production", "canary-1": "canary"}
INTERVAL = 0.25
"""Seconds between two scrapes."""
RULES = """
groups:
  - name: always
    rules:
      - {alert: HighLatency, expr: vector(1), labels: {severity: page}, annotations: {summary: "slow\\u001b[2J pages"}}
      - {alert: DiskFills, expr: vector(1), labels: {severity: ticket}}
      - {alert: NotYet, expr: vector(1), for: 1h, labels: {severity: page}}
"""


class SharedPrometheus(NamedTuple):
    """A Prometheus, and the hosts that it scrapes."""

    url: str
    hosts: Exporter


@pytest.fixture(scope="session")
def shared_prometheus() -> Iterator[SharedPrometheus]:
    """Runs on an event loop of its own, because each test has another."""
    loop, servers = asyncio.new_event_loop(), AsyncExitStack()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start(folder: Path) -> SharedPrometheus:
        hosts = await servers.enter_async_context(exporter())
        url = await servers.enter_async_context(
            prometheus(folder, hosts, TIERS, RULES, interval=f"{INTERVAL * 1000:.0f}ms")
        )
        return SharedPrometheus(url, hosts)

    with tempfile.TemporaryDirectory(prefix="cockpit-prometheus-") as folder:
        try:
            yield asyncio.run_coroutine_threadsafe(start(Path(folder)), loop).result(90)
        finally:
            asyncio.run_coroutine_threadsafe(servers.aclose(), loop).result(30)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
