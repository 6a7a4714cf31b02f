"""Where a change is: in which releases, on what share of each tier's hosts, and since when.

What counts is what hosts say that they run. One that is silent, or never spoke, is not known to run anything, so it
is never counted. Which builds have a change is history's to say; where nobody can be asked, the lists of PRs that the
releases were cut with say it.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.facts import Abandoned, Advanced, BuildReady, Cut, Finished, RevertAsked, Reverted, RolledBack
from cockpit.deploy.facts import pull_name as name_of
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot


class ChangeStage(StrEnum):
    """How far a change has come."""

    NOT_MERGED = "not merged"
    UNRELEASED = "merged, in no release"
    REVERTED = "reverted"
    RELEASED = "released"


class Basis(StrEnum):
    """What tells which builds have it."""

    HISTORY = "the repository's history"
    LISTS = "the releases' lists of PRs"


class SoughtChange(Struct, frozen=True):
    """What is looked for."""

    name: str
    """`#12`, or the short id of a commit."""
    title: str = ""
    commit: str = ""
    """The last of its commits; empty where nobody knows of any."""
    pull: PullRequest | None = None
    """The PR it is, or that brought it."""
    merged: bool = True
    """Whether main has it."""


class TierPresence(Struct, frozen=True):
    """One tier."""

    tier: str
    hosts: int
    running: int
    """How many of them said within the time of a heartbeat that they run it."""
    since: float = 0.0
    """When the tier was first pointed at it, and has not been pointed away since; 0 for never."""
    unknown: tuple[str, ...] = ()
    """Hosts of which nobody knows what they run."""

    @property
    def share(self) -> float:
        """Of its hosts, 0 to 1."""
        return self.running / self.hosts if self.hosts else 0.0


class Whereabouts(Struct, frozen=True):
    """The answer."""

    thing: SoughtChange
    stage: ChangeStage
    tiers: tuple[TierPresence, ...] = ()
    releases: tuple[str, ...] = ()
    """Those whose builds have it, oldest first."""
    reverted: str = ""
    """The release for which it was taken out."""
    basis: Basis = Basis.HISTORY
    error: str = ""
    """Why history could not be asked, or was not up to date."""

    @property
    def share(self) -> float:
        """Of all hosts, 0 to 1."""
        hosts = sum(tier.hosts for tier in self.tiers)
        return sum(tier.running for tier in self.tiers) / hosts if hosts else 0.0


class Goal(Struct, frozen=True):
    """What is waited for: every host of a tier, or a share of all hosts."""

    tier: str = ""
    share: float = 1.0

    def reached(self, found: Whereabouts) -> bool:
        """Whether it is so."""
        if not self.tier:
            return bool(found.tiers) and found.share >= self.share
        one = next((tier for tier in found.tiers if tier.tier == self.tier), None)
        return one is not None and one.hosts > 0 and one.running == one.hosts


def goal(text: str, tiers: Iterable[str]) -> Goal | None:
    """`100%`, `25 %` or the name of a tier; None for anything else."""
    if text in tuple(tiers):
        return Goal(text)
    number = text.removesuffix("%").strip()
    if not (text.endswith("%") and number.isascii() and number.isdigit() and 1 <= int(number) <= 100):
        return None
    return Goal(share=int(number) / 100)


def whereis(
    snapshot: Snapshot,
    thing: SoughtChange,
    holds: Mapping[str, bool] | None = None,
    error: str = "",
) -> Whereabouts:
    """Where `thing` is. `holds` says of builds, by their ids, whether history has it in them; of the others, and where
    it is None, the releases' lists tell."""
    releases = snapshot.log.value.releases
    listed = listed_in(releases, thing.pull) if thing.pull else frozenset()
    builds = {build.id for release in releases for build in release.builds}
    has = frozenset(one for one in builds if (holds or {}).get(one, one in listed))
    carriers = tuple(release.id for release in releases if any(build.id in has for build in release.builds))
    reverted = _reverted(releases, thing.pull)
    if reverted:
        stage = ChangeStage.REVERTED
    elif carriers:
        stage = ChangeStage.RELEASED
    else:
        stage = ChangeStage.UNRELEASED if thing.merged else ChangeStage.NOT_MERGED
    when = pointed_since(releases, has)
    tiers = tuple(_presence(snapshot, tier.name, has, when.get(tier.name, 0.0)) for tier in snapshot.policy.tiers)
    basis = Basis.LISTS if holds is None else Basis.HISTORY
    return Whereabouts(thing, stage, tiers, carriers, reverted, basis, error)


def listed_in(releases: Sequence[Release], pull: PullRequest) -> frozenset[str]:
    """The builds that have the PR, as far as the releases' own lists tell: from the cut that brought it until the
    revert that took it out."""
    has = out = False
    found: set[str] = set()
    for release in releases:
        for event in release.events:
            match event.what:
                case Cut(pulls=pulls) if not out and any(one.commits == pull.commits for one in pulls):
                    has = True
                case Reverted() as done if has and name_of(done) == pull.name:
                    has, out = False, True
                case BuildReady(build=build) if has:
                    found.add(build.id)
                case _:
                    pass
    return frozenset(found)


def pointed_since(releases: Sequence[Release], has: frozenset[str]) -> dict[str, float]:
    """When each tier was pointed at a build that has it and has had one ever since: {tier: seconds since the epoch}."""
    found: dict[str, float] = {}
    good = ""
    for release in releases:
        every = tuple(step.tier for step in release.ladder)
        for event in release.events:
            moved: tuple[str, ...] = ()
            build = good
            match event.what:
                case Advanced(rung=rung, build=build):
                    moved = every if release.install else every[rung : rung + 1]
                case RolledBack(build=build, tiers=moved):
                    good = build
                case RevertAsked(withdrawn=moved) | Abandoned(tiers=moved):
                    pass
                case Finished(build=good):
                    pass
                case _:
                    pass
            for tier in moved:
                if build in has:
                    found.setdefault(tier, event.at)
                else:
                    found.pop(tier, None)
    return found


def _reverted(releases: Sequence[Release], pull: PullRequest | None) -> str:
    """The newest release for which this very PR was taken out."""
    if pull is None:
        return ""
    out = (
        release.id
        for release in reversed(releases)
        if pull.name in release.gone and any(one.commits == pull.commits for one in release.pulls)
    )
    return next(out, "")


def _presence(snapshot: Snapshot, tier: str, has: frozenset[str], since: float) -> TierPresence:
    statuses = snapshot.statuses.value
    running, unknown = 0, []
    for host in snapshot.fleet[tier].hosts:
        status = statuses.get(host)
        if status is None or status.silent(snapshot.now, snapshot.policy.silent_after):
            unknown.append(host)
        else:
            running += status.build in has
    return TierPresence(tier, len(snapshot.fleet[tier].hosts), running, since, tuple(unknown))
