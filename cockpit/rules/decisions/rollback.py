"""Taking things back: a PR, a build, a whole release."""

from cockpit.deploy.facts import (
    Abandoned,
    RevertAsked,
    RolledBack,
)
from cockpit.deploy.hosts.rollback_readiness import readiness, told
from cockpit.deploy.plan import Ask, Decision, Record, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN
from cockpit.deploy.text import clean, plural, short
from cockpit.rules.decisions.planner import plan_for, said
from cockpit.rules.targets import everywhere, put_back


def revert(snapshot: Snapshot, ask: Ask) -> Decision:
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
    back = put_back(snapshot, release)
    withdrawn = tuple(point.target.tier for point in back)
    asked: list[Record] = []
    along = () if ask.resolved else snapshot.rehearsal.value.along(pull, release)
    for one in (*along, pull):
        hotfix = f"{release.id}-hotfix.{release.hotfixes + len(release.reverting) + len(asked) + 1}"
        words = f"revert {one.name} on main, pick it into {release.branch}, tag {hotfix}"
        last = f", build, back to {release.ladder[0].tier if release.ladder else 'the foot'}"
        more = last if one is pull else f": {pull.name} does not come out without it"
        how = ", as it was resolved" if ask.resolved else ""
        asked.append(Record(RevertAsked(one, withdrawn, ask.resolved, said(snapshot)), words + how + more))
    return plan_for(snapshot, release, f"revert {pull.name} {pull.title}", *back, *asked)


def roll_back(snapshot: Snapshot, ask: Ask) -> Decision:
    """Every tier that serves people back to the last good build, at once, whatever the gate says."""
    release, build = snapshot.latest, snapshot.way_back
    if release is None or build is None:
        return Refusal("no earlier build has reached every host: there is nothing to go back to")
    points = everywhere(snapshot, release, build.id, snapshot.policy.serving)
    if not points:
        return Refusal(f"every tier that serves people is pointed at {short(build.id)} already")
    tiers = tuple(point.target.tier for point in points)
    event = RolledBack(build.id, tiers, _suspected(snapshot, release), said(snapshot))
    back = readiness([snapshot.fleet[tier.name] for tier in snapshot.policy.serving], build.id)
    title = f"roll back to {short(build.id)}: {told(back)}"
    return plan_for(snapshot, release, title, *points, Record(event, f"hold {release.id}"))


def _suspected(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """The PRs that are more likely behind the newest error than not, of those that are in."""
    likely = (one.pull for one in snapshot.suspects.value if one.pull and one.score >= EVEN)
    there = {pull.name for pull in release.pulls}.difference(release.gone)
    return tuple(dict.fromkeys(pull.name for pull in likely if pull.name in there))


def abandon(snapshot: Snapshot, ask: Ask) -> Decision:
    """Close the release without finishing it; tiers that serve people with its builds go back."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    back = put_back(snapshot, release)
    event = Record(Abandoned(tuple(point.target.tier for point in back)), f"close {release.id}")
    return plan_for(snapshot, release, f"abandon {release.id}", *back, event)
