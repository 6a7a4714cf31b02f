"""A short result that is shown at the edge of the screen for some seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """The result of a command or an action."""

    message: str
    ok: bool = True
