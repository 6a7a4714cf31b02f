"""The id of the next release: `<day>.<n>`."""

from datetime import UTC, datetime

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.store_keys import release_order


def next_release_id(snapshot: Snapshot) -> str:
    """The id of the release that would be started now. Never reuses the number of a branch that exists."""
    today = datetime.fromtimestamp(snapshot.now, UTC).date().isoformat()
    latest = release_order(snapshot.latest.id)[0] if snapshot.latest else ""
    day = max(today, latest)  # a clock that was set back must not open a release before the last one
    taken = [
        release_order(release.id)[1] for release in snapshot.log.value.releases if release.id.startswith(f"{day}.")
    ]
    # A store that lost its past must not give a number again whose branch and tag exist: each release has raised the
    # serials that hosts remember.
    floor = max(status.serial for status in snapshot.statuses.value.values()) if snapshot.forgotten else 0
    return f"{day}.{max(taken, default=floor) + 1}"
