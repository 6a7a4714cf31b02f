"""Alerts that fire elsewhere: none may be outstanding when a step is taken."""

from msgspec import Struct, field

from cockpit.deploy.text import duration, names, plural


class Alert(Struct, frozen=True):
    """One alert as its source tells it, every text cleaned."""

    name: str
    since: float
    """When it began to fire, in seconds since the epoch."""
    summary: str = field(default="", name="about")
    """Its summary, in words."""
    silenced: bool = False
    """Somebody, or another alert, has said that it is not to be heard."""

    def text(self, now: float) -> str:
        """`HighLatency (4 min)`."""
        return f"{self.name} ({duration(now - self.since)}{', silenced' if self.silenced else ''})"


def outstanding_text(alerts: tuple[Alert, ...], now: float) -> str:
    """The alerts that are to be heard, in words; empty for none."""
    heard = sorted((alert for alert in alerts if not alert.silenced), key=lambda alert: alert.since)
    if not heard:
        return ""
    return f"{plural(len(heard), 'alert')} outstanding: {names(tuple(alert.text(now) for alert in heard))}"
