"""A short result that is shown in the footer for a moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """What is said when it is over."""

    words: str
    ok: bool = True
