"""What a tier should run (desired) and what a host runs and does (actual)."""

from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.cutoff import EVERY_HOST, rank


class Target(Struct, frozen=True):
    """The desired state of one tier: written once per step, watched by every host of the tier."""

    tier: str
    serial: int
    """Grows with every write. A host that has obeyed one refuses a lower: a store that replays its past cannot
    take the fleet back with it."""
    build: str
    """What hosts at or under the cutoff run."""
    base: str
    """What the others run; empty means: whatever they run now."""
    cutoff: str
    percent: int
    salt: str
    release: str
    permits: int = 0
    """How many hosts of the tier may be out of their load balancer at once; 0 for no bound."""

    def wants(self, host: str) -> str:
        """The id of the build `host` should run; empty for no instruction."""
        if self.cutoff == EVERY_HOST:
            return self.build
        return self.build if rank(self.salt, host) <= self.cutoff else self.base

    def expects(self, host: str) -> str:
        """The id of the build that `host` will be asked to run next, as far as this tells; empty for none."""
        return "" if self.wants(host) == self.build else self.build


class Announced(Struct, frozen=True):
    """The newest build: every host may bring it onto its disk, and none is to run it for that."""

    build: str


class HostState(StrEnum):
    """Where a host is on its way from one build to another."""

    EMPTY = "empty"
    SERVING = "serving"
    PULLING = "pulling"
    PREPARED = "prepared"
    DRAINING = "draining"
    SWITCHING = "switching"
    WARMING = "warming"
    REVERTING = "reverting"
    FAILED = "failed"


class Pulling(Struct, frozen=True):
    """A build on its way to a host's disk, as far as that host knows."""

    build: str
    began: float
    """When the host asked for its first byte."""
    fetched: int = 0
    """Bytes that came over so far."""
    total: int = 0
    """Bytes that will have; 0 while the store has not said."""


class Swap(Struct, frozen=True):
    """A move from one build to another as the host that made it has measured it."""

    build: str
    """What it serves since."""
    at: float
    """When it was back in its load balancer."""
    out: float
    """Seconds from the beginning of the drain until it was back."""
    flip: float | None = None
    """Seconds that the flip alone took; None where the agent was killed in between."""


class Status(Struct, frozen=True):
    """The actual state of one host, written by that host alone."""

    host: str
    tier: str
    state: HostState
    at: float
    """When this was written; agents write at least every few seconds, so its age is a heartbeat."""
    since: float
    """When the host came into this state."""
    build: str = ""
    """The id in the hot slot: what it serves."""
    cold: tuple[str, ...] = ()
    """The ids in the other slots, complete and verified: going to one of them pulls nothing."""
    serial: int = 0
    """The highest target it has obeyed."""
    failed: str = ""
    """The id of the build it refuses because it failed here; a target with a higher serial makes it try again."""
    detail: str = ""
    """The last output worth a person's eyes."""
    pulled: int = 0
    """Bytes pulled since the agent started."""
    url: str = ""
    """Where its application answers, for counters and the smoke test."""
    pulling: Pulling | None = None
    """What it brings onto its disk now, for its target or ahead of it."""
    swap: Swap | None = None
    """Its last move; None where it has made none."""

    def is_silent(self, now: float, after: float) -> bool:
        """Whether its heartbeat stopped more than `after` seconds ago: what it said last is no longer known to be so.

        One from the future is as little known as one from the past: some clock is wrong.
        """
        return abs(now - self.at) > after

    def has_on_disk(self, build: str) -> bool:
        """Whether the build is on its disk, complete and verified."""
        return build != "" and build in (self.build, *self.cold)

    def serves(self, build: str) -> bool:
        """Whether it takes requests with `build` and is at rest."""
        return self.state is HostState.SERVING and self.build == build
