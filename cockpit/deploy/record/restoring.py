"""When the hosts that a rollback, a revert or an abandoned release sent back were all back."""

from cockpit.deploy.facts import Abandoned, Restored, RevertAsked, RolledBack
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import EVERY_HOST


def sent_back(release: Release) -> tuple[tuple[str, ...], float]:
    """The tiers that were sent back and have not been told to be back, and when; ((), 0) for none."""
    tiers: tuple[str, ...] = ()
    since = 0.0
    for event in release.events:
        match event.what:
            case RolledBack(tiers=sent) | RevertAsked(withdrawn=sent) | Abandoned(tiers=sent) if sent:
                tiers, since = tuple(dict.fromkeys((*tiers, *sent))), since or event.at
            case Restored():
                tiers, since = (), 0.0
            case _:
                pass
    return tiers, since


def restored(snapshot: Snapshot) -> Restored | None:
    """The fact to record once every host of the tiers sent back serves the good build again.

    The time is when the last of them came to serve it, by its own word, so that an engine which was not there at that
    moment tells it none the less. None while any is missing, silent or on its way, or where the tier is asked to run
    something else by now: then nobody knows.
    """
    release, good = snapshot.latest, snapshot.last_good
    tiers, since = sent_back(release) if release else ((), 0.0)
    if good is None or not tiers:
        return None
    for tier in tiers:
        placed, state = snapshot.placed(tier), snapshot.fleet.get(tier)
        if placed is None or state is None or not state.done:
            return None
        if (placed.target.build, placed.target.cutoff) != (good.id, EVERY_HOST):
            return None
    served = (host.since for host in snapshot.statuses.value.values() if host.tier in tiers)
    return Restored(tiers, good.id, max(since, *served))
