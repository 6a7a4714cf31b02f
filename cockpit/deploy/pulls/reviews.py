"""The review and the checks of a PR, from its forge."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from cockpit.deploy.text import clean_lines


class ReviewState(StrEnum):
    """The combined state of all reviewers."""

    APPROVED = "approved"
    CHANGES = "changes asked"
    WAITING = "not reviewed"
    UNKNOWN = "unknown"


class Checks(StrEnum):
    """The combined state of the head commit's checks."""

    GREEN = "green"
    RED = "red"
    RUNNING = "running"
    UNKNOWN = "unknown"


class Review(Struct, frozen=True):
    """One PR from its forge, texts cleaned."""

    number: int
    title: str
    author: str
    url: str
    state: ReviewState = field(default=ReviewState.UNKNOWN, name="verdict")
    checks: Checks = Checks.UNKNOWN
    labels: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    """The lines of its description, at most `MAX_BODY_LINES`."""


MAX_BODY_LINES = 100
"""The most lines of a description that are kept."""


def description(body: object) -> tuple[str, ...]:
    """The cleaned lines of a PR's description as the forge sends it; empty if there is none."""
    if not isinstance(body, str) or not body.strip():
        return ()
    return clean_lines(body.replace("\r\n", "\n").strip("\n"))[:MAX_BODY_LINES]


Reviews = Mapping[int, Review]
"""By number."""

_VERDICTS = {ReviewState.APPROVED: "✓", ReviewState.CHANGES: "✗", ReviewState.WAITING: "·", ReviewState.UNKNOWN: "?"}
_CHECKS = {Checks.GREEN: "✓", Checks.RED: "✗", Checks.RUNNING: "…", Checks.UNKNOWN: "?"}


def review_glyphs(review: Review | None) -> str:
    """Review and checks in two cells: `✓✓`; `??` if unknown."""
    return f"{_VERDICTS[review.state]}{_CHECKS[review.checks]}" if review else "??"


def needs_attention(review: Review | None) -> bool:
    """Whether it is not known to be approved and green."""
    return not review or review.state is not ReviewState.APPROVED or review.checks is not Checks.GREEN
