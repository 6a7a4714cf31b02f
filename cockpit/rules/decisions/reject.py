"""Reject: declare the build of a closed release bad."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.release import Flaw, Release
from cockpit.deploy.rollback_choice import made_by
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN
from cockpit.deploy.text import clean, names, short
from cockpit.rules.decisions.planner import plan_for
from cockpit.rules.targets import serving_now, tiers_carrying


def reject(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Declare a closed release's build bad: no rollback restores it, and no release offers it again."""
    latest, release = snapshot.latest, _requested(snapshot, request.release)
    if latest is None or release is None:
        known = f"{clean(request.release)} is not in the log" if request.release else "no closed release has a build"
        return Refusal(f"{known}: name a finished or abandoned release")
    if release.end is None:
        return Refusal(f"{release.id} is open: abandon it first")
    if not release.builds:
        return Refusal(f"{release.id} was never built: there is nothing to reject")
    if release.flaw is Flaw.REJECTED:
        return Refusal(f"{release.id} is already rejected")
    ours = made_by(release)
    if serving := tuple(tier for tier in tiers_carrying(snapshot, ours) if tier in serving_now(snapshot)):
        return Refusal(f"{names(serving)} may serve {release.id}: {_way_out(snapshot, ours)}")
    if {good.builds[-1].id for good in snapshot.good_releases} <= ours and snapshot.last_good:
        return Refusal(f"no build but that of {release.id} has reached every host: another release comes first")
    if not request.why:
        return Refusal("a rejection needs a reason: add --why")
    suspects = _suspects(snapshot, release)
    quarantine = f"; keep {names(suspects)} out of the next release" if suspects else ""
    words = f"record that the build of {release.id} is bad: no rollback restores it, and no release offers it"
    event = facts.Rejected(release.id, tuple(build.id for build in release.builds), suspects)
    return plan_for(snapshot, latest, f"reject {release.id}", AppendEvent(event, words + quarantine))


def _requested(snapshot: Snapshot, ident: str) -> Release | None:
    """The named release; without a name, the newest closed one that was built and is not rejected."""
    releases = reversed(snapshot.log.value.releases)
    if ident:
        return next((release for release in releases if release.id == ident), None)
    return next((each for each in releases if each.end and each.builds and each.flaw is not Flaw.REJECTED), None)


def _way_out(snapshot: Snapshot, ours: frozenset[str]) -> str:
    """How the tiers get off the builds: a serving build is left only for one that is proved to serve."""
    choice = snapshot.rollback
    if choice.build is None:
        return "no other build has reached every host, so a release with a fix comes first"
    if ours.isdisjoint(choice.left) or choice.build.id in ours:
        return f"`rollback` leaves {choice.release}, and a second one leaves it"
    return f"`rollback` takes them to {short(choice.build.id)}"


def _suspects(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """Names of the release's PRs that were suspected while it was out, or are now."""
    likely = [suspect.pull.name for suspect in snapshot.suspects.value if suspect.pull and suspect.score >= EVEN]
    included = {pull.name for pull in release.pulls}.difference(release.reverted_names)
    return tuple(name for name in dict.fromkeys((*release.suspected_names, *likely)) if name in included)
