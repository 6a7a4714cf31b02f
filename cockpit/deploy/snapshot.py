"""All the commander knows at one instant, each part with its age and its trouble."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Generic, TypeVar

from msgspec import Struct

from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import Call, Unreadable
from cockpit.deploy.freezes import Freeze, freezes
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.gate.traffic import Count, Traffic
from cockpit.deploy.gate.verdict import Verdict
from cockpit.deploy.hosts.rollout import Rollout, rollout
from cockpit.deploy.hosts.status import Status, Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.outbox import Outbox
from cockpit.deploy.plan import Preview
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.reviews import Reviews
from cockpit.deploy.quarantine import Quarantined, quarantined
from cockpit.deploy.rehearsal import Rehearsal
from cockpit.deploy.release import End, Release
from cockpit.deploy.schedule.presence import Looked, Presence
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.deploy.text import duration

T = TypeVar("T")

JUDGEMENT_LASTS = 15.0
"""Seconds for which the engine's last word is still its word."""


@dataclass(frozen=True)
class Seen(Generic[T]):
    """A value, when its source last confirmed it, and what is wrong with the source now."""

    value: T
    at: float = 0.0
    """0 for never."""
    error: str = ""

    def age(self, now: float) -> float | None:
        """Seconds since it was confirmed; None for never."""
        return max(0.0, now - self.at) if self.at else None


class StoredTarget(Struct, frozen=True):
    """A target and the version of its record, for compare-and-set."""

    target: Target
    version: int


class Judgement(Struct, frozen=True):
    """The gate's verdict as the engine publishes it: one judge, the same word on every screen."""

    at: float
    release: str
    rung: int
    build: str
    verdict: Verdict
    new: Count | None = None
    control: Count | None = None
    watched: float = 0.0
    soak: float = 0.0


@dataclass(frozen=True)
class Log:
    """Every release, oldest first, and the end of the chain."""

    releases: tuple[Release, ...] = ()
    digest: str = ""
    """Of the newest event, which the next one must name."""
    pointer: int = 0
    """Version of the pointer to the current release."""

    @cached_property
    def freezes(self) -> tuple[Freeze, ...]:
        """Every freeze there was, oldest first."""
        return freezes(event for release in self.releases for event in release.freezes)

    @cached_property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """PRs that are to stay out until they are re-landed."""
        return quarantined(self.releases)


@dataclass(frozen=True)
class Snapshot:
    """One frozen picture: decisions are made on it, views are drawn from it."""

    policy: Policy
    now: float
    log: Seen[Log] = field(default_factory=lambda: Seen(Log()))
    targets: Seen[dict[str, StoredTarget]] = field(default_factory=lambda: Seen({}))
    statuses: Seen[dict[str, Status]] = field(default_factory=lambda: Seen({}))
    judged: Seen[Judgement | None] = field(default_factory=lambda: Seen(None))
    engine: Seen[Holder] = field(default_factory=lambda: Seen(Holder()))
    """Who holds the engine's lock."""
    engine_here: Seen[None] = field(default_factory=lambda: Seen(None))
    """Nothing but the trouble of the engine in this process."""
    commander_here: Seen[None] = field(default_factory=lambda: Seen(None))
    """Nothing but the trouble of keeping the conn for this terminal."""
    commander: Seen[Holder] = field(default_factory=lambda: Seen(Holder()))
    """Who has the conn: the one person who may give commands."""
    presence: Seen[Presence | None] = field(default_factory=lambda: Seen(None))
    """The last sign of life of whoever had the conn last; None where nobody ever sat there."""
    looked: Seen[Looked | None] = field(default_factory=lambda: Seen(None))
    """When the person at this terminal last looked before; None where that is not known."""
    traffic: Seen[Traffic] = field(default_factory=lambda: Seen(Traffic()))
    alerts: Seen[tuple[Alert, ...] | None] = field(default_factory=lambda: Seen(None))
    """Those that fire; None where no source is configured, or before it was first read."""
    main: Seen[Preview | None] = field(default_factory=lambda: Seen(None))
    """What `start` would release."""
    rehearsal: Seen[Rehearsal] = field(default_factory=lambda: Seen(Rehearsal()))
    """What taking each PR of the open release out would come to."""
    reviews: Seen[Reviews] = field(default_factory=lambda: Seen({}))
    """What the forge knows of the PRs shown."""
    suspects: Seen[tuple[Suspect, ...]] = field(default_factory=lambda: Seen(()))
    """Who is behind the newest error report, of the open release; empty without one."""
    outbox: Seen[Outbox] = field(default_factory=lambda: Seen(Outbox()))
    """What people have still to be told."""
    rota: Seen[Rota | None] = field(default_factory=lambda: Seen(None))
    """Who commands which slot, as a file or a command tells it; None where none is configured or none was read yet."""
    zone: str = ""
    """The time zone of whoever sits at this terminal; empty where it is the team's, or not known."""
    opening: Seen[str] = field(default_factory=lambda: Seen(""))
    """What is being set up before there is anything to see; empty once it is there."""
    replay: Seen[str] = field(default_factory=lambda: Seen(""))
    """How a replay runs, where the picture is one; empty where it is the present."""

    @property
    def latest(self) -> Release | None:
        """The newest release, open or closed."""
        return self.log.value.releases[-1] if self.log.value.releases else None

    @property
    def open(self) -> Release | None:
        """The release that is under way."""
        return self.latest if self.latest and self.latest.end is None else None

    @cached_property
    def good(self) -> tuple[Release, ...]:
        """Releases that reached every host and were not taken back since, oldest first."""
        return tuple(
            release
            for release in self.log.value.releases
            if release.end is End.FINISHED and release.rolled_back is None and release.builds
        )

    @property
    def last_good(self) -> Build | None:
        """What every host runs between releases."""
        return self.good[-1].builds[-1] if self.good else None

    @property
    def way_back(self) -> Build | None:
        """What a rollback goes back to: never a build of the newest release, under way or finished."""
        newest = self.latest.id if self.latest else ""
        return next((release.builds[-1] for release in reversed(self.good) if release.id != newest), None)

    @property
    def base(self) -> str:
        """The commit that the next release is counted from: the last good one's; empty where there is none."""
        return self.good[-1].commit if self.good else ""

    @cached_property
    def damaged(self) -> tuple[Unreadable, ...]:
        """Records that cannot be read, from the last good release on: with them, what is good is not certain."""
        releases = self.log.value.releases
        first = releases.index(self.good[-1]) if self.good else 0
        return tuple(record for release in releases[first:] for record in release.unreadable)

    @cached_property
    def forgotten(self) -> tuple[str, ...]:
        """Hosts that obeyed a later target than the store has: it was wiped, or restored from an old backup."""
        serials = {tier: placed.target.serial for tier, placed in self.targets.value.items()}
        hosts = self.statuses.value.values() if self.targets.at else ()
        return tuple(sorted(host.host for host in hosts if host.serial > serials.get(host.tier, 0)))

    @property
    def frozen(self) -> Freeze | None:
        """The freeze that is in force."""
        last = self.log.value.freezes[-1:]
        return last[0] if last and last[0].holds(self.now) else None

    @property
    def roster(self) -> Rota:
        """Who commands: what was read last, however old, else what the config says; never nobody for want of news."""
        return self.rota.value or self.policy.rota

    def placed(self, tier: str) -> StoredTarget | None:
        """The tier's target; None before the first."""
        return self.targets.value.get(tier)

    def at(self, now: float) -> "Snapshot":
        """The same slices at a later time; the fleet is much to count, and kept for as long as it is the same."""
        later = replace(self, now=now)
        counted: dict[str, Rollout] | None = self.__dict__.get("fleet")
        if counted is not None and all(self.now <= now <= state.until for state in counted.values()):
            later.__dict__["fleet"] = counted
        return later

    @cached_property
    def fleet(self) -> dict[str, Rollout]:
        """How far each tier is, by its name, in the order of the config."""
        members: dict[str, list[Status]] = {tier.name: [] for tier in self.policy.tiers}
        for status in self.statuses.value.values():
            if status.tier in members:
                members[status.tier].append(status)
        return {
            tier.name: rollout(
                tier,
                placed.target if (placed := self.placed(tier.name)) else None,
                members[tier.name],
                self.now,
                self.policy.silent_after,
            )
            for tier in self.policy.tiers
        }

    @cached_property
    def verdict(self) -> Verdict:
        """The engine's verdict on the step the release stands on; where there is none that is fresh, WAIT and why."""
        release, said = self.open, self.judged.value
        if release is None:
            return Verdict(Call.WAIT, "no release is open")
        if said is None or (said.release, said.rung) != (release.id, release.rung) or _other_build(said, release):
            return Verdict(Call.WAIT, "not judged yet" + self._nobody())
        age = self.now - said.at
        if abs(age) > JUDGEMENT_LASTS:
            return Verdict(Call.WAIT, f"no data: last judged {duration(age)} ago" + self._nobody())
        return said.verdict

    def _nobody(self) -> str:
        return "" if self.engine.value.name else "; no engine runs: start `cockpit engine`"


def _other_build(said: Judgement, release: Release) -> bool:
    return said.build != (release.build.id if release.build else "")
