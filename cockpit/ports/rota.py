"""The interface of the rota's source: a file or a command."""

from typing import Protocol

from cockpit.deploy.schedule.rota import Rota


class RotaSource(Protocol):
    """Reads who commands which slot."""

    async def rota(self) -> Rota:
        """The current rota, its texts cleaned. Raises `Failed`, even if it only names no person."""
