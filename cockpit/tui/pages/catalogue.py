"""The pages that a key opens over the screen, each drawn from the snapshot alone.

Adding one is adding a row here and its key to `tui.keys`.
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
"""Its name to its heading and its rows for a width in cells."""

OWN: dict[str, Callable[[Palette, Callable[[], Snapshot]], Page]] = {
    "hosts": Hosts,
}
"""Pages that are more than rows, each from the palette and what looks at the picture."""
