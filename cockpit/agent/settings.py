"""The settings of one agent: which host it is, its folder, and the `[agent]` section of config.toml."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

DAY = 86_400.0
"""Seconds."""


class AgentConfig(Struct, frozen=True):
    """The `[agent]` section of config.toml: the hooks of a host and their deadlines, in seconds.

    A hook is a list of arguments; an empty one is skipped. Each hook is idempotent. Exit 0 means done, 75 means not
    yet (the agent runs it again until its deadline), anything else means failed.
    """

    drain: tuple[str, ...] = ()
    """Takes the host out of the load balancer."""
    inflight: tuple[str, ...] = ()
    """Done once no request is in flight."""
    reload: tuple[str, ...] = ()
    """Makes the application resolve `current` again."""
    health: tuple[str, ...] = ()
    """Done once the application reports COCKPIT_BUILD and is healthy. Without it every build counts as healthy."""
    undrain: tuple[str, ...] = ()
    """Puts the host back into the load balancer."""
    timeout: Annotated[float, Meta(ge=0.1, le=DAY)] = 10.0
    """Deadline of one run of any hook, and of all runs of drain, reload and undrain together."""
    drain_least: Annotated[float, Meta(ge=0.0, le=DAY)] = 0.5
    """Time load balancers get to notice a drain before the first `inflight`."""
    drain_most: Annotated[float, Meta(ge=0.0, le=DAY)] = 30.0
    """Deadline of `inflight`. The swap then continues: a request that never ends must not block a rollback."""
    health_most: Annotated[float, Meta(ge=0.1, le=DAY)] = 30.0
    """Deadline of `health`."""
    stuck_after: Annotated[float, Meta(ge=0.1, le=DAY)] = 60.0
    """Time that a hook fails on the way back to a good build until the host is reported as stuck; it still retries."""
    prove_every: Annotated[float, Meta(ge=0.0, le=30 * DAY)] = 1800.0
    """Time between two proofs, at rest, that a slot still holds its build; 0 to prove none."""
    ballast: Annotated[int, Meta(ge=0, le=16 << 20)] = 512 << 10
    """Bytes kept in the host's folder, so that a full disk cannot stop a rollback; 0 for none."""
    heartbeat: Annotated[float, Meta(ge=0.1, le=DAY)] = 2.0
    """Time between status reports while nothing changes."""

    @property
    def turn_most(self) -> float:
        """Longest time for which one swap takes a host out of its load balancer, with a return to the old build."""
        return self.drain_least + self.drain_most + 2 * self.health_most + 4 * self.timeout


@dataclass(frozen=True)
class HostSettings:
    """One host and its agent."""

    host: str
    tier: str
    folder: Path
    """Holds the slots and the agent's other files. The agent writes nowhere else."""
    url: str = ""
    """Where the host's application answers."""
    config: AgentConfig = field(default_factory=AgentConfig)
    patience: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Seconds to wait after each failed pull. The try after the last wait is the last try."""
    silent_after: float = 10.0
    """Seconds without a heartbeat after which another host counts as silent."""
