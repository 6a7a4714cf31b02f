"""The pages that a key opens over the dashboard, each drawn from the snapshot alone.

To add a page, add a row here and its key to `tui.key_bindings`.
"""

from collections.abc import Callable

from cockpit.deploy.snapshot import Snapshot
from cockpit.tui.pages.hosts import Hosts
from cockpit.tui.pages.page import Page
from cockpit.tui.theme.textual_theme import Palette
from cockpit.views import away, day, dora, notifications, status
from cockpit.views.rows import Line

PAGES: dict[str, tuple[str, Callable[[Snapshot, int], tuple[Line, ...]]]] = {
    "details": ("DETAILS", status.status),
    "notifications": ("NOTIFICATIONS", notifications.page),
    "day": ("THE DAY", day.page),
    "dora": ("DORA", dora.page),
    "away": ("WHILE YOU WERE AWAY", away.page),
}
"""Page name to (heading, function that makes the rows for a width in cells)."""

PAGE_CLASSES: dict[str, Callable[[Palette, Callable[[], Snapshot]], Page]] = {
    "hosts": Hosts,
}
"""Pages with widgets of their own: page name to a class that takes the palette and a function for the snapshot."""
