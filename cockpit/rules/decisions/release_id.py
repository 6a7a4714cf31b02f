"""The id of the next release: `<day>.<n>`."""

from datetime import UTC, datetime

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.store_keys import release_order


def next_release_id(snapshot: Snapshot) -> str:
    """The id of a release started now. It never reuses the number of a branch that exists."""
    today = datetime.fromtimestamp(snapshot.now, UTC).date().isoformat()
    latest = release_order(snapshot.latest.id)[0] if snapshot.latest else ""
    day = max(today, latest)  # a clock that was set back must not open a release before the last one
    taken = [
        release_order(release.id)[1] for release in snapshot.log.value.releases if release.id.startswith(f"{day}.")
    ]
    # A store that lost its log must not reuse a number whose branch and tag exist. Each release raises the serials
    # that hosts remember, so the highest serial is at or above the last number.
    floor = max(status.serial for status in snapshot.statuses.value.values()) if snapshot.ahead_of_store else 0
    return f"{day}.{max(taken, default=floor) + 1}"
