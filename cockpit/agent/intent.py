"""What the agent intends to do, kept from one act to the next.

After a kill -9, the intent and the disk together show how far the agent came. Only the `current` symlink says which
build is hot.
"""

from msgspec import Struct, field

from cockpit.agent.retry import Retry
from cockpit.deploy.hosts.status import HostState, Swap


class Intent(Struct, frozen=True):
    """The agent's intent, written durably before the act. The stored names of fields do not change."""

    state: HostState = HostState.EMPTY
    since: float = 0.0
    """When the host entered this state."""
    serial: int = 0
    """The highest serial of a target obeyed so far."""
    wanted: str = ""
    """The build to move to."""
    previous: str = ""
    """The build that was hot when this move began; a failed move returns to it."""
    last_good: str = field(default="", name="kept")
    """The healthy build that served before the present one; a rollback returns to it."""
    good: tuple[str, ...] = ()
    """The builds that were healthy here, the last one first. A hook that fails on the way to one of them is retried."""
    retry: Retry | None = None
    """The failures of the present act that is retried; None if it has not failed."""
    drained: bool = False
    """Whether the agent may have taken the host out of the load balancer."""
    healthy: bool = False
    """Whether the hot build has passed its health check since the flip."""
    failed: str = ""
    """The build that failed here. Only a target with a higher serial makes the host try it again."""
    detail: str = ""
    """The last error or note, for the status."""
    drain_began: float = field(default=0.0, name="left")
    """When the drain of this move began; 0 if the host is not moving or did not serve before."""
    swap: Swap | None = None
    """The measured times of the last move."""
