"""The snapshot: everything known at one instant, each part with its age and the error of its source."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Generic, TypeVar

from msgspec import Struct

from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import Call, Rejected, Unreadable
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
from cockpit.deploy.quarantine import QuarantinedPull, quarantined
from cockpit.deploy.rehearsal import Rehearsal
from cockpit.deploy.release import Release
from cockpit.deploy.rollback_choice import RollbackChoice, choose_rollback, is_good
from cockpit.deploy.schedule.presence import LastVisit, Presence
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.deploy.text import duration

T = TypeVar("T")

VERDICT_VALID_FOR = 15.0
"""Seconds for which a verdict of the engine stays valid."""


@dataclass(frozen=True)
class Seen(Generic[T]):
    """A value, when its source last confirmed it, and the current error of the source."""

    value: T
    at: float = 0.0
    """Seconds since the epoch; 0 if never."""
    error: str = ""
    """Empty if the source works."""

    def age(self, now: float) -> float | None:
        """Seconds since the value was confirmed; None if never."""
        return max(0.0, now - self.at) if self.at else None


class StoredTarget(Struct, frozen=True):
    """A target and the version of its record, for compare-and-set."""

    target: Target
    version: int


class Judgement(Struct, frozen=True):
    """The gate's verdict as the engine publishes it, so that every screen shows the same one."""

    at: float
    release: str
    rung: int
    build: str
    verdict: Verdict
    new: Count | None = None
    control: Count | None = None
    watched: float = 0.0
    """Seconds since the counters were first read in this step."""
    soak: float = 0.0
    step_number: int = 0
    """The number of the event that took the step; 0 if an engine of version 0.1 judged."""

    def is_about(self, release: Release) -> bool:
        """Whether it judges the release's present step. A verdict on an earlier visit to the same step does not."""
        build = release.build.id if release.build else ""
        judged = (self.release, self.rung, self.build, self.step_number)
        return judged == (release.id, release.rung, build, release.step_number)


@dataclass(frozen=True)
class Log:
    """Every release, oldest first, and the head of the chain of digests."""

    releases: tuple[Release, ...] = ()
    digest: str = ""
    """The digest of the newest event: the `prev` of the next one."""
    current_version: int = 0
    """The version of the record that names the current release."""

    @cached_property
    def freezes(self) -> tuple[Freeze, ...]:
        """All freezes, oldest first."""
        return freezes(event for release in self.releases for event in release.freezes)

    @cached_property
    def rejected(self) -> dict[str, str]:
        """The id of the release of each rejected build, by the build's id."""
        marks = (mark for release in self.releases for mark in release.marks if isinstance(mark, Rejected))
        return {build: mark.release for mark in marks for build in mark.builds}

    @cached_property
    def quarantined(self) -> tuple[QuarantinedPull, ...]:
        """PRs that stay out until they are re-landed."""
        return quarantined(self.releases)


@dataclass(frozen=True)
class Snapshot:
    """One immutable state: decisions are made on it and views are drawn from it."""

    policy: Policy
    now: float
    log: Seen[Log] = field(default_factory=lambda: Seen(Log()))
    targets: Seen[dict[str, StoredTarget]] = field(default_factory=lambda: Seen({}))
    statuses: Seen[dict[str, Status]] = field(default_factory=lambda: Seen({}))
    judgement: Seen[Judgement | None] = field(default_factory=lambda: Seen(None))
    engine: Seen[Holder] = field(default_factory=lambda: Seen(Holder()))
    """Who holds the engine's lock."""
    local_engine: Seen[None] = field(default_factory=lambda: Seen(None))
    """Only the error of the engine in this process."""
    local_lease: Seen[None] = field(default_factory=lambda: Seen(None))
    """Only the error of this terminal's commander lease."""
    commander: Seen[Holder] = field(default_factory=lambda: Seen(Holder()))
    """Who is commander: the one person who may give commands."""
    presence: Seen[Presence | None] = field(default_factory=lambda: Seen(None))
    """The last sign of life of the last commander; None before the first."""
    last_visit: Seen[LastVisit | None] = field(default_factory=lambda: Seen(None))
    """The previous visit of the person at this terminal; None if unknown."""
    traffic: Seen[Traffic] = field(default_factory=lambda: Seen(Traffic()))
    alerts: Seen[tuple[Alert, ...] | None] = field(default_factory=lambda: Seen(None))
    """The firing alerts; None if no source is configured, or before the first read."""
    preview: Seen[Preview | None] = field(default_factory=lambda: Seen(None))
    """What `start` would release."""
    rehearsal: Seen[Rehearsal] = field(default_factory=lambda: Seen(Rehearsal()))
    """The result of reverting each PR of the open release."""
    reviews: Seen[Reviews] = field(default_factory=lambda: Seen({}))
    """Reviews and checks of the PRs shown, from the forge."""
    suspects: Seen[tuple[Suspect, ...]] = field(default_factory=lambda: Seen(()))
    """The likely causes of the newest error report in the open release; empty without a report."""
    outbox: Seen[Outbox] = field(default_factory=lambda: Seen(Outbox()))
    """Notifications that are waiting, delivered or given up."""
    rota: Seen[Rota | None] = field(default_factory=lambda: Seen(None))
    """The rota from a file or a command; None if none is configured or read yet."""
    zone: str = ""
    """The time zone of this terminal; empty if it is the team's or unknown."""
    startup: Seen[str] = field(default_factory=lambda: Seen(""))
    """The progress of the setup before the first screen; empty after that."""
    replay: Seen[str] = field(default_factory=lambda: Seen(""))
    """The state of the replay; empty if the snapshot is live."""

    @property
    def latest(self) -> Release | None:
        """The newest release, open or closed."""
        return self.log.value.releases[-1] if self.log.value.releases else None

    @property
    def open(self) -> Release | None:
        """The release in progress."""
        return self.latest if self.latest and self.latest.end is None else None

    @cached_property
    def good_releases(self) -> tuple[Release, ...]:
        """Releases that reached every host and were not rolled back or rejected since, oldest first."""
        return tuple(filter(is_good, self.log.value.releases))

    @property
    def last_good(self) -> Build | None:
        """The build that every host runs between releases."""
        return self.good_releases[-1].builds[-1] if self.good_releases else None

    @property
    def rollback_target(self) -> Build | None:
        """The build that a rollback of the newest release restores. `rollback` may go back further."""
        return self.last_good if self.open else self.rollback.build

    @cached_property
    def rollback(self) -> RollbackChoice:
        """What a rollback would do now."""
        targets = {tier: placed.target for tier, placed in self.targets.value.items()}
        return choose_rollback(self.log.value.releases, targets, self.statuses.value.values(), self.policy)

    @property
    def base_commit(self) -> str:
        """The commit of the last good release, from which the next one starts; empty if there is none."""
        return self.good_releases[-1].commit if self.good_releases else ""

    @cached_property
    def unreadable_records(self) -> tuple[Unreadable, ...]:
        """Unreadable records since the last good release: they make the last good build uncertain."""
        releases = self.log.value.releases
        first = releases.index(self.good_releases[-1]) if self.good_releases else 0
        return tuple(record for release in releases[first:] for record in release.unreadable)

    @cached_property
    def ahead_of_store(self) -> tuple[str, ...]:
        """Hosts that obeyed a newer target than the store has: it was wiped or restored from an old backup."""
        serials = {tier: placed.target.serial for tier, placed in self.targets.value.items()}
        hosts = self.statuses.value.values() if self.targets.at else ()
        return tuple(sorted(host.host for host in hosts if host.serial > serials.get(host.tier, 0)))

    @property
    def active_freeze(self) -> Freeze | None:
        """The freeze in force."""
        last = self.log.value.freezes[-1:]
        return last[0] if last and last[0].in_force(self.now) else None

    @property
    def current_rota(self) -> Rota:
        """The rota that was read last, even if it is old; otherwise the rota of the config."""
        return self.rota.value or self.policy.rota

    def stored_target(self, tier: str) -> StoredTarget | None:
        """The tier's target; None before the first write."""
        return self.targets.value.get(tier)

    def at(self, now: float) -> "Snapshot":
        """The same slices at a later time. The counted fleet is kept while it is valid: counting is costly."""
        later = replace(self, now=now)
        counted: dict[str, Rollout] | None = self.__dict__.get("fleet")
        if counted is not None and all(self.now <= now <= state.valid_until for state in counted.values()):
            later.__dict__["fleet"] = counted
        return later

    @cached_property
    def fleet(self) -> dict[str, Rollout]:
        """The rollout of each tier, by name, in the order of the config."""
        members: dict[str, list[Status]] = {tier.name: [] for tier in self.policy.tiers}
        for status in self.statuses.value.values():
            if status.tier in members:
                members[status.tier].append(status)
        return {
            tier.name: rollout(
                tier,
                placed.target if (placed := self.stored_target(tier.name)) else None,
                members[tier.name],
                self.now,
                self.policy.silent_after,
            )
            for tier in self.policy.tiers
        }

    @cached_property
    def verdict(self) -> Verdict:
        """The engine's verdict on the current step; WAIT with the reason if there is no fresh one."""
        release, judgement = self.open, self.judgement.value
        if release is None:
            return Verdict(Call.WAIT, "no release is open")
        if judgement is None or not judgement.is_about(release):
            return Verdict(Call.WAIT, "not judged yet" + self._engine_hint())
        age = self.now - judgement.at
        if abs(age) > VERDICT_VALID_FOR:
            return Verdict(Call.WAIT, f"no data: last judged {duration(age)} ago" + self._engine_hint())
        return judgement.verdict

    def _engine_hint(self) -> str:
        return "" if self.engine.value.name else "; no engine runs: start `cockpit engine`"
