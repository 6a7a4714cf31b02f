"""Reads the log of releases from the store's entries, event by event."""

from collections.abc import Iterable

from cockpit.deploy import store_keys
from cockpit.deploy.build_marks import with_flaws
from cockpit.deploy.events import decode, digest
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import apply
from cockpit.deploy.snapshot import Log
from cockpit.deploy.text import names
from cockpit.ports import Entry


class LogReader:
    """Folds events into releases as they arrive: a new event costs one step, not the whole history."""

    def __init__(self) -> None:
        self._releases: dict[str, Release] = {}
        self._digests: dict[str, str] = {}
        self._pointer = 0

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries under `releases/`, in the order of their keys within a release."""
        for entry in entries:
            place = store_keys.parse_event(entry.key)
            if place is None or entry.value is None:
                continue
            ident, number = place
            release = self._releases.get(ident, Release(ident))
            if number <= release.last_number:
                continue
            self._releases[ident] = apply(release, decode(entry.key, number, entry.value))
            self._digests[ident] = digest(entry.value)

    def set_pointer(self, entry: Entry | None) -> None:
        """Set the pointer to the newest release."""
        self._pointer = entry.version if entry else 0

    @property
    def log(self) -> Log:
        """All releases, oldest first."""
        order = sorted(self._releases, key=store_keys.release_order)
        last = self._digests[order[-1]] if order else ""
        return Log(with_flaws(tuple(self._releases[ident] for ident in order)), last, self._pointer)


def lost_events(known: Log, now: Log) -> str:
    """An error naming the releases of which `now` has fewer events than `known`; empty if there are none."""
    numbers = {release.id: release.last_number for release in now.releases}
    if numbers.keys() - {release.id for release in known.releases}:
        return ""  # a new release was started since: the loss is known
    missing = tuple(release.id for release in known.releases if numbers.get(release.id, 0) < release.last_number)
    if not missing:
        return ""
    return f"the store has lost events of {names(missing)}: restore its backup; hosts keep the build they serve"
