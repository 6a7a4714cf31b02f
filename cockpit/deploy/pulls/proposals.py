"""PRs that cockpit opens: a revert for review, or a draft that re-lands a change."""

from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean


class Landing(StrEnum):
    """The state of such a PR."""

    OPEN = "open"
    LANDED = "landed"
    CLOSED = "closed"


class RevertProposal(Struct, frozen=True):
    """A PR to open at the forge."""

    branch: str
    """The branch with its commits, already on the remote."""
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
    """The PR that reverts `pull` on main."""
    return RevertProposal(branch, main, f"Revert {pull.name}: {clean(pull.title)}", _body(pull, "Reverts", release))


def reland_proposal(pull: PullRequest, branch: str, main: str, release: str) -> RevertProposal:
    """The draft that re-lands `pull`, for its author to continue."""
    return RevertProposal(
        branch, main, f"Re-land {pull.name}: {clean(pull.title)}", _body(pull, "Re-lands", release), True
    )


def _body(pull: PullRequest, verb: str, release: str) -> str:
    return f"{verb} {pull.name} by {clean(pull.author)}, which was reverted for release {release}.\n"
