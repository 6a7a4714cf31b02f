"""The interface of the smoke test."""

from collections.abc import Sequence
from typing import Protocol

from cockpit.deploy.hosts.status import Status


class Smoke(Protocol):
    """The automated test of staging."""

    async def test(self, hosts: Sequence[Status]) -> str:
        """Empty if it passes, else what failed."""
