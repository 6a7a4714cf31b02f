"""The notification policy of a team: its message templates and its authors' handles."""

from msgspec import Struct, field

GIVE_UP_AFTER = 86_400.0
"""Seconds after the end of a release for which its messages are still retried."""


class NotificationPolicy(Struct, frozen=True):
    """The part of `[people]` without secrets. Only the adapters know the addresses."""

    templates: dict[str, str] = field(default_factory=dict)
    """By trigger; an empty template sends nothing."""
    handles: dict[str, str] = field(default_factory=dict)
    """An author's handle in the channel, without the `@`, by the name in the git history."""
    give_up_after: float = GIVE_UP_AFTER
