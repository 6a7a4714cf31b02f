"""Alerts of a monitoring system: none may fire when a step is taken."""

from msgspec import Struct, field

from cockpit.deploy.text import duration, names, plural


class Alert(Struct, frozen=True):
    """One alert from its source, texts cleaned."""

    name: str
    since: float
    """When it began to fire, in seconds since the epoch."""
    summary: str = field(default="", name="about")
    """Its summary, in words."""
    silenced: bool = False
    """Silenced by a person or inhibited by another alert."""

    def text(self, now: float) -> str:
        """`HighLatency (4 min)`."""
        return f"{self.name} ({duration(now - self.since)}{', silenced' if self.silenced else ''})"


def firing_text(alerts: tuple[Alert, ...], now: float) -> str:
    """The alerts that fire and are not silenced, as text; empty if there are none."""
    firing = sorted((alert for alert in alerts if not alert.silenced), key=lambda alert: alert.since)
    if not firing:
        return ""
    return f"{plural(len(firing), 'alert')} firing: {names(tuple(alert.text(now) for alert in firing))}"
