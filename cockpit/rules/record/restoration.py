"""When no host served a build any more that a rollback, a revert or an abandoned release took back."""

from msgspec import Struct

from cockpit.deploy.facts import Abandoned, Advanced, Restored, RevertAsked, RolledBack
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot


class PendingRestoration(Struct, frozen=True):
    """What is on its way back."""

    build: str
    """The one that was taken back."""
    tiers: tuple[str, ...]
    since: float


def sent_back(release: Release) -> PendingRestoration | None:
    """What was taken back and has not been told to be gone; None where nothing is."""
    found: PendingRestoration | None = None
    build = ""
    for event in release.events:
        match event.what:
            case Advanced(build=pointed):
                build = pointed
            case RolledBack(tiers=tiers) | RevertAsked(withdrawn=tiers) | Abandoned(tiers=tiers) if tiers:
                more = tuple(dict.fromkeys((*(found.tiers if found else ()), *tiers)))
                found = PendingRestoration(build, more, found.since if found else event.at)
            case Restored():
                found = None
            case _:
                pass
    return found


def restored(snapshot: Snapshot) -> Restored | None:
    """The fact to record once every host of the tiers sent back serves another build; None while any is missing,
    silent, on its way or still serving it.

    The time is when the last of them came to serve what it serves, by its own word, so that an engine which was not
    there at that moment tells it none the less. Where hosts have gone on to a hotfix by then, it was no later.
    """
    back = sent_back(snapshot.latest) if snapshot.latest else None
    if back is None:
        return None
    since = back.since
    for tier in back.tiers:
        hosts = snapshot.fleet[tier].hosts if tier in snapshot.fleet else ()
        for host in hosts:
            status = snapshot.statuses.value.get(host)
            if status is None or status.silent(snapshot.now, snapshot.policy.silent_after):
                return None
            if status.state is not HostState.SERVING or status.build == back.build:
                return None
            since = max(since, status.since)
        if not hosts:
            return None
    return Restored(back.tiers, back.build, since)
