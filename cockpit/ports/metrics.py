"""The interface of a metrics source: Prometheus, or the hosts themselves."""

from collections.abc import Sequence
from typing import Protocol

from cockpit.deploy.gate.traffic import Scrape
from cockpit.deploy.hosts.status import Status


class Metrics(Protocol):
    """Reads request and error counters."""

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        """The hosts' counters. A host that cannot be read is in `missing`, even if that is every host.

        Raises `Failed` if a metrics server is configured and does not answer.
        """

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        """The hosts' counters in the last `seconds`, oldest first; empty if the source keeps no history."""
