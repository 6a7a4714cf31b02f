"""The id of the next release: `<day>.<n>`.

An id is never used twice, also if the log was restored from a backup that lacks the newest releases: hosts have obeyed
targets of them, and their branches and tags exist.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.store_keys import release_order


def next_release_id(snapshot: Snapshot) -> str:
    """The id of a release started now, above every id in the log, the targets and the repository."""
    today = datetime.fromtimestamp(snapshot.now, UTC).date().isoformat()
    latest = release_order(snapshot.latest.id)[0] if snapshot.latest else ""
    day = max(today, latest)  # a clock that was set back must not open a release before the last one
    taken = [number for known, number in map(release_order, _known_ids(snapshot)) if known == day]
    return f"{day}.{max((*taken, _host_floor(snapshot))) + 1}"


def _known_ids(snapshot: Snapshot) -> Iterator[str]:
    yield from (release.id for release in snapshot.log.value.releases)
    yield from (placed.target.release for placed in snapshot.targets.value.values())
    if preview := snapshot.preview.value:
        yield from preview.release_ids


def _host_floor(snapshot: Snapshot) -> int:
    """A number that no lost release had; 0 if hosts obeyed no target that the store has lost.

    Each release raises the serials that hosts remember, so the highest serial is at or above the last number.
    """
    return max(status.serial for status in snapshot.statuses.value.values()) if snapshot.ahead_of_store else 0
