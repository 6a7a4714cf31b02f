"""The pages that a key opens over the screen, each drawn from the snapshot alone.

Adding one is adding a row here and its key to `tui.keys`.
"""

from collections.abc import Callable

from cockpit.deploy.snapshot import Snapshot
from cockpit.views import away, status
from cockpit.views.rows import Line

PAGES: dict[str, tuple[str, Callable[[Snapshot, int], tuple[Line, ...]]]] = {
    "details": ("DETAILS", status.status),
    "away": ("WHILE YOU WERE AWAY", away.page),
}
"""Its name to its heading and its rows for a width in cells."""
