"""What a team has decided about being told: its own words, and what its authors are called where messages go."""

from msgspec import Struct, field

GIVE_UP = 86_400.0
"""Seconds after a release has ended for which its messages are still tried."""


class People(Struct, frozen=True):
    """The part of `[people]` that holds no secret: addresses are known to the adapters alone."""

    templates: dict[str, str] = field(default_factory=dict)
    """By the name of the occasion; an empty one says nothing."""
    handles: dict[str, str] = field(default_factory=dict)
    """What an author is called in the channel, without the `@`: by the name that history has."""
    give_up: float = GIVE_UP
