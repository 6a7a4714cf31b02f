"""The result of a decision: a plan whose steps are data, or a refusal with its reason."""

from msgspec import Struct

from cockpit.deploy.facts import AnyFact
from cockpit.deploy.hosts.status import Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.pulls.pull_request import Commit, PullRequest
from cockpit.deploy.quarantine import QuarantinedPull, Reappearance


class CommandRequest(Struct, frozen=True):
    """A person's request, with the arguments of every command."""

    by: str
    why: str = ""
    override: bool = False
    ref: str = "main"
    """What `start` releases."""
    pull: int = 0
    """The PR that `revert` reverts."""
    change: str = ""
    """The same for a review without a number: a Gerrit Change-Id, Phabricator's `D12`."""
    resolved: str = ""
    """The commit in which a person resolved its conflicts."""
    to: str = ""
    """The commander that `hand-over` names."""
    note: str = ""
    """The text of `note`, or the note to the next commander."""
    mode: str = ""
    """The mode that `autopilot` sets; empty for the next mode."""
    release: str = ""
    """The release that `reject` rejects; empty for the newest closed one."""
    until: str = ""
    """When a freeze ends, as a person types it: see `time_format.parse_time`."""
    asked_at: float = 0.0
    """When the request was first decided, in seconds since the epoch: `until` counts from then, however late it is
    confirmed. 0 if it is decided now for the first time."""


class AppendEvent(Struct, frozen=True):
    """Append an event with this fact."""

    what: AnyFact
    summary: str


class WriteTarget(Struct, frozen=True):
    """Write this target if its record still has this version."""

    target: Target
    version: int
    """The version of the target at the decision; 0 if there was none."""
    summary: str


class TakeCommand(Struct, frozen=True):
    """Take the commander lock from this holder, before the writes."""

    holder: Holder
    summary: str


class GiveCommand(Struct, frozen=True):
    """Give the commander lock away, in the same transaction as the writes."""

    holder: Holder
    to: str
    summary: str


class Plan(Struct, frozen=True):
    """Steps that are carried out in one compare-and-set transaction or not at all."""

    title: str
    release: str
    steps: tuple[AppendEvent | WriteTarget | TakeCommand | GiveCommand, ...]
    number: int
    """The number of the last event at the decision."""
    prev: str
    """The digest of that event."""
    current_version: int | None = None
    """The version of the record that names the current release, if the plan opens a new one."""
    warnings: tuple[str, ...] = ()
    """Objections that the person confirms. Their texts hold no ages, so they do not change by themselves."""


class Refusal(Struct, frozen=True):
    """One lower-case sentence: why not, and what to do about it."""

    reason: str


Decision = Plan | Refusal


class PreviewQuery(Struct, frozen=True):
    """What `start` asks the repository."""

    ref: str = "main"
    base: str = ""
    """The commit from which the release starts."""
    branch: str = ""
    """The branch of the last good release, whose commits must be on main too."""
    quarantined: tuple[QuarantinedPull, ...] = ()
    """PRs that must not reappear."""


class Preview(Struct, frozen=True):
    """What `start` would release."""

    commit: str
    pulls: tuple[PullRequest, ...]
    query: PreviewQuery = PreviewQuery()
    tip: str = ""
    """The tip of the query's branch."""
    reappearances: tuple[Reappearance, ...] = ()
    """Quarantined PRs that are on main again."""
    missing_from_main: tuple[Commit, ...] = ()
    """Commits of the last good release's branch that main lacks."""
    release_ids: tuple[str, ...] = ()
    """The newest releases that have a branch or a tag in the repository, also those that the log has lost."""
