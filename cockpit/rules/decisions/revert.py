"""Take a PR out of the open release."""

from cockpit.deploy.facts import (
    RevertAsked,
)
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, plural
from cockpit.rules.decisions.planner import plan_for, verdict_text
from cockpit.rules.targets import targets_back


def revert(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Take a PR out: revert it on main, pick that into the release branch, build, back through the ladder."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: revert it on main by a PR")
    if not (ask.pull or ask.change):
        return Refusal(
            "no PR is chosen: choose one in the list; a commit that no PR claims is reverted on main by hand"
        )
    pull = next((pull for pull in release.pulls if pull.called(ask.pull, ask.change)), None)
    if pull is None:
        return Refusal(
            f"{clean(ask.change) or f'#{ask.pull}'} is not in {release.id}: it has {plural(len(release.pulls), 'PR')}"
        )
    if pull.name in release.gone:
        return Refusal(f"{pull.name} is reverted already")
    if any(asked.pull.name == pull.name for asked in release.reverting):
        return Refusal(f"the revert of {pull.name} is under way")
    back = targets_back(snapshot, release)
    withdrawn = tuple(point.target.tier for point in back)
    asked: list[AppendEvent] = []
    along = () if ask.resolved else snapshot.rehearsal.value.along(pull, release)
    for one in (*along, pull):
        hotfix = f"{release.id}-hotfix.{release.hotfixes + len(release.reverting) + len(asked) + 1}"
        words = f"revert {one.name} on main, pick it into {release.branch}, tag {hotfix}"
        last = f", build, back to {release.ladder[0].tier if release.ladder else 'the foot'}"
        more = last if one is pull else f": {pull.name} does not come out without it"
        how = ", as it was resolved" if ask.resolved else ""
        asked.append(AppendEvent(RevertAsked(one, withdrawn, ask.resolved, verdict_text(snapshot)), words + how + more))
    return plan_for(snapshot, release, f"revert {pull.name} {pull.title}", *back, *asked)
