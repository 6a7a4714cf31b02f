"""What a host's disk holds, and what its agent can do about it. Values; `reconcile` decides among them."""

from dataclasses import dataclass

from cockpit.deploy.text import short


@dataclass(frozen=True)
class Disk:
    """The complete, verified builds in the slots; empty for none."""

    hot: str = ""
    cold: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    """Those of `cold` that have to be checked before a switch to them."""


@dataclass(frozen=True)
class PullBuild:
    """Pull the build into a cold slot."""

    build: str


@dataclass(frozen=True)
class CheckSlot:
    """Check that the cold slot still holds all of the build; a damaged one does not count as on disk any more."""

    build: str


@dataclass(frozen=True)
class Prefetch:
    """Pull a build into a cold slot while the host is idle: the one expected next, or a damaged one to return to."""

    build: str


@dataclass(frozen=True)
class WaitForTurn:
    """Ask whether it is the host's turn to leave the load balancer."""


@dataclass(frozen=True)
class Drain:
    """Leave the load balancer and wait for requests in flight."""


@dataclass(frozen=True)
class Flip:
    """Make the cold slot with this build the hot one."""

    build: str


@dataclass(frozen=True)
class Warm:
    """Reload the application and wait until it is healthy on the hot build."""


@dataclass(frozen=True)
class Undrain:
    """Return to the load balancer."""


@dataclass(frozen=True)
class Idle:
    """Do nothing until something changes."""


Act = PullBuild | CheckSlot | Prefetch | WaitForTurn | Drain | Flip | Warm | Undrain | Idle


def describe(act: Act, disk: Disk) -> str:
    """Describe the act: `pulling 9ea7b0b111, 0ld5eed000 continues to serve`."""
    match act:
        case PullBuild(build) | Prefetch(build):
            return f"pulling {short(build)}{f', {short(disk.hot)} continues to serve' if disk.hot else ''}"
        case WaitForTurn():
            return "asking for its turn"
        case CheckSlot(build):
            return f"checking {short(build)}"
        case _:
            return type(act).__name__.lower()
