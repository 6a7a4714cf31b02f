"""What the agent is about, from one act to the next.

What is hot is never read from here: the `current` symlink alone says that. This says what was meant, so that after a
kill -9 the disk can be read for how far it came.
"""

from msgspec import Struct

from cockpit.deploy.hosts.status import HostState, Swap


class Intent(Struct, frozen=True):
    """Written durably before the act it announces."""

    state: HostState = HostState.EMPTY
    since: float = 0.0
    """When the host came into this state."""
    serial: int = 0
    """The highest target ever obeyed."""
    wanted: str = ""
    """The build this move is to."""
    previous: str = ""
    """The build that was hot when this move began: where a failed one goes back to."""
    kept: str = ""
    """The build that served well before the one that does now: where a rollback goes to."""
    drained: bool = False
    """Whether the host may be out of the load balancer by our doing."""
    healthy: bool = False
    """Whether the hot build has passed its health check since it became hot."""
    failed: str = ""
    """The build that is not tried again before a target with a higher serial comes."""
    detail: str = ""
    left: float = 0.0
    """When the drain of this move began; 0 where the host is on no move or was not serving before it."""
    swap: Swap | None = None
    """The last move, measured."""
