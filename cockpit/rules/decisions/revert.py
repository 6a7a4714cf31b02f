"""Revert: take a PR out of the open release."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.rehearsal import revert_words
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, plural
from cockpit.rules.decisions.planner import plan_for, verdict_text
from cockpit.rules.targets import withdraw_builds


def revert(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Take a PR out: revert it on main, pick the revert into the release branch, build, climb the ladder again."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: revert it on main with a PR")
    if not (request.pull or request.change):
        return Refusal("no PR is chosen: choose one in the list; revert a commit without a PR on main by hand")
    pull = next((pull for pull in release.pulls if pull.matches(request.pull, request.change)), None)
    if pull is None:
        name = clean(request.change) or f"#{request.pull}"
        return Refusal(f"{name} is not in {release.id}, which has {plural(len(release.pulls), 'PR')}")
    if pull.name in release.reverted_names:
        return Refusal(f"{pull.name} is already reverted")
    if any(pending.pull.name == pull.name for pending in release.pending_reverts):
        return Refusal(f"the revert of {pull.name} is in progress: `withdraw` takes it back")
    if any(asked.pull.name == pull.name for asked in release.withdrawals):
        return Refusal(f"the revert of {pull.name} is being withdrawn: try again in a moment")
    writes = withdraw_builds(snapshot, release)
    withdrawn = tuple(write.target.tier for write in writes)
    dependents = () if request.resolved else snapshot.rehearsal.value.dependents(pull, release)
    records: list[AppendEvent] = []
    for out in (*dependents, pull):
        hotfix = f"{release.id}-hotfix.{release.hotfixes + len(release.pending_reverts) + len(records) + 1}"
        how = revert_words(snapshot.rehearsal.value.current(out, release), release.branch)
        words = f"revert {out.name} {how}, tag {hotfix}"
        if out is pull:
            words += f", build, back to {release.ladder[0].tier if release.ladder else 'the first step'}"
        else:
            words += f": {pull.name} cannot be reverted without it"
        if request.resolved:
            words += ", as resolved"
        records.append(AppendEvent(facts.RevertAsked(out, withdrawn, request.resolved, verdict_text(snapshot)), words))
    return plan_for(snapshot, release, f"revert {pull.name} {pull.title}", *writes, *records)
