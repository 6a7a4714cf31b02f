"""The interface of an alert source, such as Alertmanager."""

from typing import Protocol

from cockpit.deploy.gate.alerts import Alert


class Alerts(Protocol):
    """Reads the alerts that fire."""

    async def alerts(self) -> tuple[Alert, ...]:
        """The alerts that fire now. Raises `Failed`."""
