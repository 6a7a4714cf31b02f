"""Withdraw: take back the request to revert a PR."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, names
from cockpit.rules.decisions.planner import plan_for


def withdraw(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Take back a revert that is not done yet: the PR stays in the release."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: close the PR of a revert at the forge")
    pending = release.pending_reverts
    if not pending:
        return Refusal(f"no revert is pending in {release.id}")
    asked = next((each for each in pending if each.pull.matches(request.pull, request.change)), None)
    if asked is None:
        name = clean(request.change) or (f"#{request.pull}" if request.pull else "that PR")
        return Refusal(f"no revert of {name} is pending: choose {names(tuple(each.pull.name for each in pending))}")
    pull = asked.pull
    own = [known.proposal for known in release.revert_proposals if known.name == pull.name]
    words = f"keep {pull.name} in {release.id}, unless its revert was pushed already"
    words += f"; close PR #{own[-1]}" if own else ""
    event = facts.WithdrawalAsked(pull.number, pull.name)
    return plan_for(snapshot, release, f"withdraw the revert of {pull.name} {pull.title}", AppendEvent(event, words))
