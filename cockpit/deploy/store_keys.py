"""Where everything stands in the store. One page, so that access rules can be written from it."""

from urllib.parse import quote, unquote

CURRENT = "current"
"""The id of the newest release; written when one is opened."""
RELEASES = "releases/"
HEAD = "releases/head"
"""The anchor of the log, beside the events so that whoever may write them, and nobody else, may move it."""
TARGETS = "targets/"
STATUSES = "status/"
JUDGEMENT = "judgement"
"""What the engine's gate says now."""
TOLD = "told/"
"""What people have been told, by place and by release."""
PERMITS = "permits/"
"""Locks too: who holds one of a tier may be out of its load balancer."""
TRAFFIC = "traffic/"
"""What the engine has counted in each release, page after page."""
LOCKS = "locks/"
ENGINE_LOCK = "locks/engine"
COMMANDER_LOCK = "locks/conn"
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


def announced(tier: str) -> str:
    """The newest build, written once it is there: hosts bring it onto their disks before one is asked to run it.

    Under the tier's target, so that a host watches one prefix for both.
    """
    return f"{target(tier)}/announced"


def target_of(key: str) -> str:
    """The tier whose target the key is; empty for another key."""
    tier = key.removeprefix(TARGETS)
    return "" if tier == key or "/" in tier else tier


def status(tier: str, host: str) -> str:
    return f"{STATUSES}{tier}/{host}"


def place(to: str) -> str:
    """Where messages to that place begin, and what is wrong with it now."""
    return f"{TOLD}to/{quote(to, safe='')}"


def told(release: str, to: str) -> str:
    """What that place was told of the release."""
    return f"{TOLD}in/{release}/{quote(to, safe='')}"


def traffic(release: str, number: int | None = None) -> str:
    """`traffic/2026-11-23.3/00000`: a page of that release's; without a number, where all of them are."""
    return f"{TRAFFIC}{release}/" if number is None else f"{TRAFFIC}{release}/{number:05d}"


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


def parse_told(key: str) -> tuple[str, str] | None:
    """(release, place) of a key under `told/`, the release empty for the place itself; None for any other key."""
    kind, _, rest = key.removeprefix(TOLD).partition("/")
    release, slash, to = rest.rpartition("/")
    fits = key.startswith(TOLD) and to and {"to": not slash, "in": bool(release)}.get(kind, False)
    return (release, unquote(to)) if fits else None


def release_order(release: str) -> tuple[str, int]:
    """Sorts `<day>.<n>` by day, then by number: .10 comes after .9."""
    day, _, number = release.rpartition(".")
    return (day, int(number)) if number.isascii() and number.isdigit() else (release, 0)
