"""Whether somebody sits at the conn: the last sign of life of whoever had it, and when somebody last looked.

Both are kept outside the processes they tell of, so that an engine that has just been started knows as much as the one
before it, and a person who comes back is told what they missed.
"""

from enum import StrEnum

from msgspec import Struct


class Sign(StrEnum):
    """What a sign of life says."""

    PRESENT = "sitting"
    """A screen of theirs keeps the conn, and says so every few seconds."""
    LEFT = "left"
    """They closed their screen, or gave the conn to nobody."""
    LOST = "lost"
    """Their screen was ended by a signal: the line broke."""
    SHELL = "shell"
    """They took the conn in a shell, where nobody is expected to sit."""
    ASSIGNED = "given"
    """They were given the conn and have not been seen since."""


class Presence(Struct, frozen=True):
    """The last sign of life of the person who had the conn last."""

    person: str
    at: float
    sign: Sign


class LastVisit(Struct, frozen=True):
    """When somebody last looked, and the newest event that was there to be seen."""

    at: float
    release: str = ""
    number: int = 0
