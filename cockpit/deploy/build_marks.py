"""Marks of builds: which builds a rollback left or a person rejected, so that they are no builds to return to.

A mark is recorded in the log of the newest release, whichever release made the build.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.release import Flaw, Release


def flaws(releases: Iterable[Release]) -> dict[str, Flaw]:
    """The flaw of each marked build, by its id. `releases` are oldest first.

    A release that finishes with a build that was rolled back has proved it. A rejection is final.
    """
    marked: dict[str, Flaw] = {}
    for mark in (mark for release in releases for mark in release.marks):
        match mark:
            case facts.RolledBack(left=left):
                marked = dict.fromkeys(left, Flaw.ROLLED_BACK) | marked
            case facts.Rejected(builds=builds):
                marked |= dict.fromkeys(builds, Flaw.REJECTED)
            case facts.Finished(build=build):
                if marked.get(build) is Flaw.ROLLED_BACK:
                    del marked[build]
    return marked


def with_flaws(releases: Sequence[Release]) -> tuple[Release, ...]:
    """The releases, oldest first, each with the flaw of its last build."""
    marked = flaws(releases)
    found = ((release, marked.get(release.builds[-1].id) if release.builds else None) for release in releases)
    return tuple(release if release.flaw is flaw else replace(release, flaw=flaw) for release, flaw in found)
