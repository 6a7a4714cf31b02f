"""What a decision comes to: a plan whose steps are data, or a refusal with its reason."""

from msgspec import Struct

from cockpit.deploy.facts import Happened
from cockpit.deploy.hosts.status import Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.pulls.pull_request import Commit, PullRequest
from cockpit.deploy.quarantine import Quarantined, Reappearance


class CommandRequest(Struct, frozen=True):
    """What a person asks for, with all that any command may take."""

    by: str
    why: str = ""
    override: bool = False
    ref: str = "main"
    """What `start` releases."""
    pull: int = 0
    """What `revert` takes out."""
    change: str = ""
    """The same, of a review that has no number: a Gerrit Change-Id, Phabricator's `D12`."""
    resolved: str = ""
    """The commit in which its conflicts are resolved, where a person has done that."""
    to: str = ""
    """Whom `hand-over` gives the conn."""
    note: str = ""
    """What is to be written down, or told to the next commander."""
    mode: str = ""
    """What `autopilot` is set to; empty for the next."""
    until: str = ""
    """When a freeze ends, as a person says it: see `deploy.day.when.moment`."""


class AppendEvent(Struct, frozen=True):
    """Append this event."""

    what: Happened
    words: str


class WriteTarget(Struct, frozen=True):
    """Write this target, if nobody wrote it meanwhile."""

    target: Target
    version: int
    """Of the target this was decided on; 0 for none."""
    words: str


class TakeCommand(Struct, frozen=True):
    """Take the conn from whom it was decided on, before anything is written."""

    holder: Holder
    words: str


class GiveCommand(Struct, frozen=True):
    """Give the conn away, after all else is written."""

    holder: Holder
    to: str
    words: str


class Plan(Struct, frozen=True):
    """Steps that are carried out in one compare-and-set transaction, or not at all."""

    title: str
    release: str
    steps: tuple[AppendEvent | WriteTarget | TakeCommand | GiveCommand, ...]
    number: int
    """Of the last event this was decided on."""
    prev: str
    """That event's digest, the link of the chain."""
    current: int | None = None
    """The version of the pointer to the current release, where the plan opens a new one."""
    warnings: tuple[str, ...] = ()
    """What speaks against it, in words that change with nothing but the matter."""


class Refusal(Struct, frozen=True):
    """Why not, in one lower-case sentence that says the way out where there is one."""

    reason: str


Decision = Plan | Refusal


class PreviewQuery(Struct, frozen=True):
    """What `start` must know of the repository."""

    ref: str = "main"
    base: str = ""
    """The commit it counts from."""
    branch: str = ""
    """Of the last good release: what stands there must be on main too."""
    out: tuple[Quarantined, ...] = ()
    """PRs that must not be back."""


class Preview(Struct, frozen=True):
    """What `start` would release."""

    commit: str
    pulls: tuple[PullRequest, ...]
    question: PreviewQuery = PreviewQuery()
    """What was asked."""
    tip: str = ""
    """Where the branch in question stood."""
    comebacks: tuple[Reappearance, ...] = ()
    """PRs that were taken out and are back."""
    strays: tuple[Commit, ...] = ()
    """What was picked into the last good release and never reached main."""
