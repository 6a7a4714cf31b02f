"""Where a change is: in which releases, on what share of each tier's hosts, and since when.

Hosts count by what they report. A host that is silent or never reported is unknown and does not count. The
repository's history says which builds have a change. If it cannot be read, the releases' lists of PRs do.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.facts import pull_name
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
    """The source that says which builds have the change."""

    HISTORY = "the repository's history"
    LISTS = "the releases' lists of PRs"


class SoughtChange(Struct, frozen=True):
    """The change that is looked for."""

    name: str
    """`#12`, or the short id of a commit."""
    title: str = ""
    commit: str = ""
    """The last of its commits; empty if unknown."""
    pull: PullRequest | None = None
    """The PR it is, or that brought it."""
    merged: bool = True
    """Whether main has it."""


class TierPresence(Struct, frozen=True):
    """The change on one tier."""

    tier: str
    hosts: int
    running: int
    """Hosts that reported, within the time of a heartbeat, that they run it."""
    since: float = 0.0
    """When the tier was told to run it, if it still is; 0 for never."""
    unknown: tuple[str, ...] = ()
    """Hosts without a current report."""

    @property
    def share(self) -> float:
        """Share of its hosts, 0 to 1."""
        return self.running / self.hosts if self.hosts else 0.0


class Whereabouts(Struct, frozen=True):
    """Where the change is."""

    change: SoughtChange
    stage: ChangeStage
    tiers: tuple[TierPresence, ...] = ()
    releases: tuple[str, ...] = ()
    """Releases whose builds have it, oldest first."""
    reverted: str = ""
    """The release for which it was reverted."""
    basis: Basis = Basis.HISTORY
    error: str = ""
    """Why history could not be read, or was not up to date."""

    @property
    def share(self) -> float:
        """Share of all hosts, 0 to 1."""
        hosts = sum(tier.hosts for tier in self.tiers)
        return sum(tier.running for tier in self.tiers) / hosts if hosts else 0.0


class Goal(Struct, frozen=True):
    """What `--wait` waits for: every host of a tier, or a share of all hosts."""

    tier: str = ""
    share: float = 1.0

    def reached(self, whereabouts: Whereabouts) -> bool:
        """Whether the change is that far."""
        if not self.tier:
            return bool(whereabouts.tiers) and whereabouts.share >= self.share
        presence = next((tier for tier in whereabouts.tiers if tier.tier == self.tier), None)
        return presence is not None and presence.hosts > 0 and presence.running == presence.hosts


def parse_goal(text: str, tiers: Iterable[str]) -> Goal | None:
    """Read `100%`, `25 %` or the name of a tier; None for anything else."""
    if text in tuple(tiers):
        return Goal(text)
    number = text.removesuffix("%").strip()
    if not (text.endswith("%") and number.isascii() and number.isdigit() and 1 <= int(number) <= 100):
        return None
    return Goal(share=int(number) / 100)


def whereis(
    snapshot: Snapshot,
    change: SoughtChange,
    holds: Mapping[str, bool] | None = None,
    error: str = "",
) -> Whereabouts:
    """Find where `change` is.

    `holds` says by history whether a build has it: {build id: bool}. The releases' lists decide for builds it lacks,
    and for all of them if it is None.
    """
    releases = snapshot.log.value.releases
    listed = builds_listing(releases, change.pull) if change.pull else frozenset()
    builds = {build.id for release in releases for build in release.builds}
    has = frozenset(build for build in builds if (holds or {}).get(build, build in listed))
    carriers = tuple(release.id for release in releases if any(build.id in has for build in release.builds))
    reverted = _reverted(releases, change.pull)
    if reverted:
        stage = ChangeStage.REVERTED
    elif carriers:
        stage = ChangeStage.RELEASED
    else:
        stage = ChangeStage.UNRELEASED if change.merged else ChangeStage.NOT_MERGED
    since = targeted_since(releases, has)
    tiers = tuple(_presence(snapshot, tier.name, has, since.get(tier.name, 0.0)) for tier in snapshot.policy.tiers)
    basis = Basis.LISTS if holds is None else Basis.HISTORY
    return Whereabouts(change, stage, tiers, carriers, reverted, basis, error)


def builds_listing(releases: Sequence[Release], pull: PullRequest) -> frozenset[str]:
    """The builds that have the PR by the releases' lists: from the cut that brought it until its revert."""
    has = reverted = False
    found: set[str] = set()
    for release in releases:
        for event in release.events:
            match event.what:
                case facts.Cut(pulls=pulls) if not reverted and any(cut.commits == pull.commits for cut in pulls):
                    has = True
                case facts.Reverted() as revert if has and pull_name(revert) == pull.name:
                    has, reverted = False, True
                case facts.BuildReady(build=build) if has:
                    found.add(build.id)
                case _:
                    pass
    return frozenset(found)


def targeted_since(releases: Sequence[Release], has: frozenset[str]) -> dict[str, float]:
    """Since when each tier has been told to run a build in `has`, without a break: {tier: seconds since the epoch}."""
    since: dict[str, float] = {}
    good = ""
    for release in releases:
        ladder_tiers = tuple(step.tier for step in release.ladder)
        for event in release.events:
            tiers: tuple[str, ...] = ()
            build = good
            match event.what:
                case facts.Advanced(rung=rung, build=build):
                    tiers = ladder_tiers if release.install else ladder_tiers[rung : rung + 1]
                case facts.RolledBack(build=build, tiers=tiers):
                    good = build
                case facts.RevertAsked(withdrawn=tiers) | facts.Abandoned(tiers=tiers):
                    pass
                case facts.Finished(build=good):
                    pass
                case _:
                    pass
            for tier in tiers:
                if build in has:
                    since.setdefault(tier, event.at)
                else:
                    since.pop(tier, None)
    return since


def _reverted(releases: Sequence[Release], pull: PullRequest | None) -> str:
    """The newest release for which this very PR was reverted; empty for none."""
    if pull is None:
        return ""
    ids = (
        release.id
        for release in reversed(releases)
        if pull.name in release.reverted_names and any(listed.commits == pull.commits for listed in release.pulls)
    )
    return next(ids, "")


def _presence(snapshot: Snapshot, tier: str, has: frozenset[str], since: float) -> TierPresence:
    statuses = snapshot.statuses.value
    running, unknown = 0, []
    for host in snapshot.fleet[tier].hosts:
        status = statuses.get(host)
        if status is None or status.is_silent(snapshot.now, snapshot.policy.silent_after):
            unknown.append(host)
        else:
            running += status.build in has
    return TierPresence(tier, len(snapshot.fleet[tier].hosts), running, since, tuple(unknown))
