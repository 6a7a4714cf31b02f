"""What is due now: a pure function from the snapshot to one piece of work.

Level-triggered: it looks at how things are and never at how they came to be, so an engine that was killed and one
that takes over go on from the same place. Doing any of it twice is doing it once.
"""

from msgspec import Struct

from cockpit.deploy.facts import Advanced, Call, Finished, Happened, HostFailed, Judged, RevertAsked, Suspected
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.plan import Plan, WriteTarget
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN
from cockpit.rules import decisions
from cockpit.rules.autopilot import NAME, manoeuvre
from cockpit.rules.targets import targets_everywhere


class CutBranch(Struct, frozen=True):
    """Push the release branch and its tag."""

    release: str
    ref: str
    base: str
    install: bool


class RevertPull(Struct, frozen=True):
    """Revert on main, pick, tag."""

    release: str
    pull: PullRequest
    tag: str
    by: str
    resolved: str = ""
    """The commit in which a person resolved its conflicts."""
    proposal: int = 0
    """The PR that the revert is; 0 before there is one."""


class MakeBuild(Struct, frozen=True):
    """Build the tip of the release branch."""

    commit: str
    tag: str


class TakeStep(Struct, frozen=True):
    """Carry out a plan that needs nobody's decision: the first step, an install, its end."""

    plan: Plan
    by: str = "engine"
    why: str = ""


class RunSmoke(Struct, frozen=True):
    """Test the hosts of the first step."""

    build: str
    tier: str


Work = CutBranch | RevertPull | MakeBuild | TakeStep | RunSmoke


def next_work(snapshot: Snapshot) -> Work | None:
    """What is due; None when it is a person's turn or time's.

    A hold stops hosts from moving; taking a PR out and building goes on under it, so that the way out is ready.
    """
    release = snapshot.open
    if release is None or not release.ladder:
        return None
    if release.reverting:
        return _revert(release)
    if release.failure:
        return None
    if not release.commit:
        return CutBranch(release.id, release.wanted or release.ref, snapshot.base, release.install)
    if release.build is None:
        return MakeBuild(release.commit, release.tag)
    if release.held:
        return None
    if release.install:
        return _install(snapshot, release)
    if release.ladder[0].tier not in snapshot.fleet:
        return None  # the config lost the tier; `advance` says so
    if release.rung < 0:
        return TakeStep(decisions.step_to(snapshot, release, 0))
    first = release.ladder[0].tier
    if release.smoke is None and snapshot.fleet[first].done and _all_serve(snapshot, first, release.build.id):
        return RunSmoke(release.build.id, first)
    if done := manoeuvre(snapshot):
        return TakeStep(done.plan, NAME, done.why)
    return None


def untold(snapshot: Snapshot) -> Happened | None:
    """Something that happened by itself and is not in the log yet: the verdict turned, a host refused its build,
    a PR came under suspicion."""
    release = snapshot.open
    if release is None:
        return None
    stands = release.rung >= 0 and release.build is not None
    told = (_refused(snapshot, release) or _turned(snapshot, release)) if stands else None
    return told or _suspected(snapshot, release)


def _refused(snapshot: Snapshot, release: Release) -> HostFailed | None:
    for status in snapshot.statuses.value.values():
        told = (status.host, status.failed)
        ours = release.build is not None and status.failed == release.build.id
        if status.state is HostState.FAILED and ours and told not in release.failed:
            return HostFailed(status.host, status.failed, status.detail)
    return None


def _turned(snapshot: Snapshot, release: Release) -> Judged | None:
    said, build = snapshot.judged.value, release.build.id if release.build else ""
    if said is None or (said.release, said.rung, said.build) != (release.id, release.rung, build):
        return None
    last = release.judged.call if release.judged else Call.WAIT
    if said.verdict.call is last:
        return None
    return Judged(said.rung, said.build, said.verdict.call, said.verdict.reason)


def _suspected(snapshot: Snapshot, release: Release) -> Suspected | None:
    """The likeliest PR behind the errors, where it is more likely than not and its author has not heard of it."""
    best = max(snapshot.suspects.value, key=lambda suspect: suspect.score, default=None)
    if best is None or best.pull is None or best.score < EVEN or best.pull.name in release.suspected:
        return None
    mine = next((pull for pull in release.pulls if pull.name == best.pull.name), None)
    known = {*release.gone, *(asked.pull.name for asked in release.reverting)}
    if mine is None or mine.name in known or not any(isinstance(event.what, Advanced) for event in release.events):
        return None  # what runs nowhere has broken nothing
    return Suspected(mine, round(best.score, 2), best.reason)


def _revert(release: Release) -> RevertPull:
    asked = release.reverting[0]
    by = next(event.by for event in reversed(release.events) if event.what == asked)
    return RevertPull(
        release.id,
        asked.pull,
        f"{release.id}-hotfix.{release.hotfixes + 1}",
        by,
        asked.resolved,
        _proposal(release, asked),
    )


def _proposal(release: Release, asked: RevertAsked) -> int:
    return next((one.proposal for one in reversed(release.proposed) if one.name == asked.pull.name), 0)


def _install(snapshot: Snapshot, release: Release) -> TakeStep | None:
    """Every tier at once, and closed by itself when every host runs it."""
    build = release.build
    assert build is not None, "an install points hosts at a build"
    points = targets_everywhere(snapshot, release, build.id, snapshot.policy.tiers)
    if points or release.rung < 0:
        rung = len(release.ladder) - 1
        return _step(snapshot, release, "install everywhere", Advanced(rung, "every host", build.id), points)
    if all(tier.done for tier in snapshot.fleet.values()):
        return _step(snapshot, release, f"finish {release.id}", Finished(build.id), ())
    return None


def _step(
    snapshot: Snapshot, release: Release, title: str, what: Happened, points: tuple[WriteTarget, ...]
) -> TakeStep:
    plan = decisions.record_fact(snapshot, release, what, title)
    return TakeStep(Plan(title, release.id, (*points, *plan.steps), plan.number, plan.prev))


def _all_serve(snapshot: Snapshot, tier: str, build: str) -> bool:
    statuses = [status for status in snapshot.statuses.value.values() if status.tier == tier]
    return bool(statuses) and all(status.serves(build) for status in statuses)
