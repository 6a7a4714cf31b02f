"""What one agent must know: who it is, where it lives, and the commands that touch the application."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class HookSettings:
    """The commands of a host. Each is idempotent; an empty one is skipped.

    Exit 0 means done, 75 not yet (it is asked again until its deadline), anything else failed. All times are seconds.
    """

    drain: tuple[str, ...] = ()
    """Takes the host out of the load balancer."""
    inflight: tuple[str, ...] = ()
    """Done once no request is being answered any more."""
    reload: tuple[str, ...] = ()
    """Makes the application resolve `current` anew."""
    health: tuple[str, ...] = ()
    """Done once the application itself reports COCKPIT_BUILD and is well; skipped it is taken as well."""
    undrain: tuple[str, ...] = ()
    """Puts the host back into the load balancer."""
    timeout: float = 10.0
    """The most one run of any hook may take, and drain, reload and undrain in all."""
    drain_least: float = 0.0
    """How long load balancers need to notice; requests in flight are asked for only after it."""
    drain_most: float = 30.0
    """How long requests in flight are waited for; then the switch goes on, because a request that never ends must
    not stand in the way of a rollback."""
    health_most: float = 30.0
    """How long a build may take to become well."""


@dataclass(frozen=True)
class AgentSettings:
    """One host's agent."""

    host: str
    tier: str
    folder: Path
    """Holds the slots and all else the agent writes; no other place is written to."""
    url: str = ""
    """Where the host's application answers."""
    hooks: HookSettings = HookSettings()
    heartbeat: float = 2.0
    """Seconds between reports while nothing changes."""
    patience: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Seconds to wait after each try to pull that failed; the try after the last is the last."""
