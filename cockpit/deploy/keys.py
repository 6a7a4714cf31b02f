"""Where everything stands in the store. One page, so that access rules can be written from it."""

CURRENT = "current"
"""The id of the newest release; written when one is opened."""
RELEASES = "releases/"
TARGETS = "targets/"
STATUSES = "status/"
JUDGEMENT = "judgement"
"""What the engine's gate says now."""
ANNOUNCED = "announced"
"""The newest build, written once it is there: hosts bring it onto their disks before any of them is asked to run it."""
PERMITS = "permits/"
"""Locks too: who holds one of a tier may be out of its load balancer."""
LOCKS = "locks/"
ENGINE_LOCK = "locks/engine"
CONN = "locks/conn"
"""The lock of the commander."""
PRESENCE = "locks/conn/seen"
"""The last sign of life of whoever had it, which outlives the lock."""

LOCK_SERVICE = "cockpit"
"""What Consul knows the holders of short-lived locks as."""


def event(release: str, number: int) -> str:
    """`releases/2026-11-23.3/000001`: sorts as it was written."""
    return f"{RELEASES}{release}/{number:06d}"


def target(tier: str) -> str:
    return f"{TARGETS}{tier}"


def status(tier: str, host: str) -> str:
    return f"{STATUSES}{tier}/{host}"


def permit(tier: str, number: int) -> str:
    """The lock that is one of the tier's permits, from 0 on."""
    return f"{PERMITS}{tier}/{number:05d}"


def owner(lock: str) -> str:
    """The record of that lock, whose version changes with its holder and with nothing else."""
    return f"{lock}/owner"


def parse_event(key: str) -> tuple[str, int] | None:
    """(release, number) of an event's key; None for a key that is not one."""
    release, _, number = key.removeprefix(RELEASES).rpartition("/")
    is_one = key.startswith(RELEASES) and release and number.isascii() and number.isdigit()
    return (release, int(number)) if is_one else None


def release_order(release: str) -> tuple[str, int]:
    """Sorts `<day>.<n>` by day, then by number: .10 comes after .9."""
    day, _, number = release.rpartition(".")
    return (day, int(number)) if number.isascii() and number.isdigit() else (release, 0)
