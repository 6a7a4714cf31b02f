"""The presence of the commander, and the last visit of a person.

Both are stored outside their processes: a restarted engine knows the last sign of life, and a person who comes back
sees what they missed.
"""

from enum import StrEnum

from msgspec import Struct


class Sign(StrEnum):
    """The kind of a sign of life. The values are stored."""

    PRESENT = "sitting"
    """Their screen renews the commander lease every few seconds."""
    LEFT = "left"
    """They closed their screen, or released the lease."""
    LOST = "lost"
    """A signal ended their screen: the connection broke."""
    SHELL = "shell"
    """They took over in a shell, which does not renew the lease."""
    ASSIGNED = "given"
    """They were named as commander and have not appeared yet."""


class Presence(Struct, frozen=True):
    """The last sign of life of the last commander."""

    person: str
    at: float
    sign: Sign


class LastVisit(Struct, frozen=True):
    """When a person last visited, and the newest event at that time."""

    at: float
    release: str = ""
    number: int = 0
