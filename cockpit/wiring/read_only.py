"""Read-only access: what `cockpit watch` and the verbs that only read may open.

The store refuses every write. A watching screen has no dispatcher, so no key gives a command. It leaves out the
repository, because reading it fetches into the mirror, and notes the visit in the user's own folder.
"""

from collections.abc import Callable
from dataclasses import replace

from cockpit.config import Config
from cockpit.control.feeds.last_visit_feed import LastSeen
from cockpit.control.feeds.sources import Sources
from cockpit.ports import Locks, Store
from cockpit.wiring.stores import open_store, store_missing
from cockpit.wiring.systems import last_seen


def open_for_watching(config: Config, clock: Callable[[], float]) -> tuple[Store, Locks]:
    """Open the store so that it refuses every write. Raises `Failed`."""
    return open_store(config, read_only=True, clock=clock)


def open_for_reading(config: Config, clock: Callable[[], float]) -> tuple[Store, Locks]:
    """Open the store read-only, or create an empty embedded one if there is none: it holds nothing to protect."""
    return open_store(config, read_only=not store_missing(config), clock=clock)


def watched_sources(sources: Sources) -> Sources:
    """Return the sources without the repository, which would fetch into the mirror."""
    return replace(sources, repository=None)


def watched_last_seen(config: Config) -> LastSeen:
    """Return the user's last visit, kept in their own folder instead of cockpit's."""
    return last_seen(config, own_folder=True)
