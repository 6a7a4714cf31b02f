"""The desired state of a tier, its target, and the actual state of a host, its status."""

from enum import StrEnum

from msgspec import Struct, field

from cockpit.deploy.cutoff import EVERY_HOST, rank


class Target(Struct, frozen=True):
    """The desired state of one tier, written at each step and watched by every host of the tier."""

    tier: str
    serial: int
    """Grows with every write. A host refuses a lower serial than the last it obeyed, so a store restored from an old
    backup cannot roll back the fleet."""
    build: str
    """The build that hosts at or below the cutoff run."""
    base: str
    """The build that the others run; empty to let them keep theirs."""
    cutoff: str
    percent: int
    salt: str
    release: str
    max_unavailable: int = field(default=0, name="permits")
    """How many hosts of the tier may be out of their load balancer at once; 0 for no limit."""
    rollback: bool = False
    """Whether it takes a build back. Hosts then do not wait for the turn of one that failed or is silent."""

    def wants(self, host: str) -> str:
        """The id of the build that `host` should run; empty to keep its own."""
        if self.cutoff == EVERY_HOST:
            return self.build
        return self.build if rank(self.salt, host) <= self.cutoff else self.base

    def expects(self, host: str) -> str:
        """The id of the build that `host` is expected to run next; empty if it should run the new one already."""
        return "" if self.wants(host) == self.build else self.build


class Announced(Struct, frozen=True):
    """The newest build. Hosts may pull it in advance, but do not run it until a target says so."""

    build: str


class HostState(StrEnum):
    """The state of a host between two builds."""

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
    """The progress of a pull, as the host reports it."""

    build: str
    began: float
    """When the host asked for its first byte."""
    fetched: int = 0
    """Bytes fetched so far."""
    total: int = 0
    """Bytes to fetch in all; 0 while unknown."""


class Swap(Struct, frozen=True):
    """A swap from one build to another, as the host measured it."""

    build: str
    """The build it serves since then."""
    at: float
    """When it was back in its load balancer."""
    out: float
    """Seconds from the beginning of the drain until it was back."""
    flip: float | None = None
    """Seconds of the flip alone; None if the agent was killed in between."""


class Status(Struct, frozen=True):
    """The actual state of one host, written by that host alone."""

    host: str
    tier: str
    state: HostState
    at: float
    """When this was written. Agents write every few seconds, so its age is a heartbeat."""
    since: float
    """When the host entered this state."""
    build: str = ""
    """The id of the build in the hot slot, which it serves."""
    cold: tuple[str, ...] = ()
    """The ids of the builds in the other slots, complete and verified: a swap to one of them pulls nothing."""
    serial: int = 0
    """The serial of the highest target it obeyed."""
    failed: str = ""
    """The id of the build it refuses because it failed here. A target with a higher serial makes it try again."""
    detail: str = ""
    """The last relevant output."""
    pulled: int = 0
    """Bytes pulled since the agent started."""
    url: str = ""
    """The url of its application, for counters and the smoke test."""
    pulling: Pulling | None = None
    """The pull in progress, for its target or in advance."""
    swap: Swap | None = None
    """Its last swap; None if there was none."""
    out: bool = False
    """Whether it is out of its load balancer, or may be."""
    stuck: bool = False
    """Whether an act on the way to a good build has failed for long. It is still retried; `detail` names it."""
    proved: tuple[str, ...] | None = None
    """Those of `cold` that were lately read again and are whole; None if the agent does not prove its slots."""

    def is_silent(self, now: float, after: float) -> bool:
        """Whether its last report is more than `after` seconds old, so that its state is unknown.

        A report from the future counts as silent too: one of the clocks is wrong.
        """
        return abs(now - self.at) > after

    def has_on_disk(self, build: str) -> bool:
        """Whether the build is on disk, complete and verified."""
        return build != "" and build in (self.build, *self.cold)

    def serves(self, build: str) -> bool:
        """Whether it takes requests with `build` and no swap is in progress."""
        return self.state is HostState.SERVING and self.build == build
