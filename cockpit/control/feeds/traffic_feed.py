"""The feed of the traffic: the hosts' request and error counters."""

import asyncio
from collections.abc import Callable
from functools import reduce

from cockpit.control.board import Board
from cockpit.deploy.gate.traffic import Traffic, add_scrape
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Metrics

HISTORY = 3 * 3600.0
"""Seconds of the source's history to start with."""


async def follow_traffic(board: Board, metrics: Metrics, every: float, clock: Callable[[], float]) -> None:
    """Scrape the hosts that run a build, every `every` seconds."""
    while True:
        began = clock()
        hosts = tuple(status for status in board.snapshot.statuses.value.values() if status.build)
        if hosts:
            await _load_history(board, metrics, hosts, clock())
            scrape = await metrics.scrape(hosts, clock())
            board.put(traffic=Seen(add_scrape(board.snapshot.traffic.value, scrape), scrape.at))
        await asyncio.sleep(max(0.1, every - (clock() - began)))


async def _load_history(board: Board, metrics: Metrics, hosts: tuple[Status, ...], now: float) -> None:
    """Start with the source's history, so that an engine that has just started knows the fleet's usual noise."""
    if board.snapshot.traffic.value.samples:
        return
    history = [scrape for scrape in await metrics.history(hosts, now, HISTORY) if scrape.at < now]
    if history:
        board.put(traffic=Seen(reduce(add_scrape, history, Traffic()), history[-1].at))
