"""A PR that cockpit itself opens: a revert that people are to review, or the change put back as a draft."""

from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean


class Landing(StrEnum):
    """What became of it."""

    OPEN = "open"
    LANDED = "landed"
    CLOSED = "closed"


class RevertProposal(Struct, frozen=True):
    """What is asked of the forge."""

    branch: str
    """Where its commits are, on the remote already."""
    onto: str
    title: str
    body: str
    draft: bool = False


class OpenedPull(Struct, frozen=True):
    """A PR as the forge has it."""

    number: int
    url: str
    landing: Landing = Landing.OPEN


def revert_proposal(pull: PullRequest, branch: str, main: str, release: str) -> RevertProposal:
    """The PR that takes `pull` out of main."""
    return RevertProposal(branch, main, f"Revert {pull.name}: {clean(pull.title)}", _body(pull, "Takes out", release))


def reland_proposal(pull: PullRequest, branch: str, main: str, release: str) -> RevertProposal:
    """The draft that puts `pull` back, for its author to go on with."""
    return RevertProposal(
        branch, main, f"Re-land {pull.name}: {clean(pull.title)}", _body(pull, "Puts back", release), True
    )


def _body(pull: PullRequest, does: str, release: str) -> str:
    return f"{does} {pull.name} by {clean(pull.author)}, which was reverted for release {release}.\n"
