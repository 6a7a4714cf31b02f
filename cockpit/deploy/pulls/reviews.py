"""What a forge knows of a PR that history does not tell: its review and its checks."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from cockpit.deploy.text import clean_lines


class ReviewState(StrEnum):
    """Of the reviewers together."""

    APPROVED = "approved"
    CHANGES = "changes asked"
    WAITING = "not reviewed"
    UNKNOWN = "unknown"


class Checks(StrEnum):
    """Of the head commit's checks together."""

    GREEN = "green"
    RED = "red"
    RUNNING = "running"
    UNKNOWN = "unknown"


class Review(Struct, frozen=True):
    """One PR as its forge tells it. Every text is cleaned."""

    number: int
    title: str
    author: str
    url: str
    state: ReviewState = field(default=ReviewState.UNKNOWN, name="verdict")
    checks: Checks = Checks.UNKNOWN
    labels: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    """Its description, line by line, cut short where it is a book."""


MAX_BODY_LINES = 100
"""Lines of a description that are kept."""


def description(told: object) -> tuple[str, ...]:
    """What a forge gives as a PR's description, cleaned line by line; nothing where it gives none."""
    if not isinstance(told, str) or not told.strip():
        return ()
    return clean_lines(told.replace("\r\n", "\n").strip("\n"))[:MAX_BODY_LINES]


Reviews = Mapping[int, Review]
"""By number."""

_VERDICTS = {ReviewState.APPROVED: "✓", ReviewState.CHANGES: "✗", ReviewState.WAITING: "·", ReviewState.UNKNOWN: "?"}
_CHECKS = {Checks.GREEN: "✓", Checks.RED: "✗", Checks.RUNNING: "…", Checks.UNKNOWN: "?"}


def review_glyphs(review: Review | None) -> str:
    """Review and checks in two cells: `✓✓`; `??` for one of which nothing is known."""
    return f"{_VERDICTS[review.state]}{_CHECKS[review.checks]}" if review else "??"


def needs_attention(review: Review | None) -> bool:
    """Whether it was not both approved and green, as far as is known."""
    return not review or review.state is not ReviewState.APPROVED or review.checks is not Checks.GREEN
