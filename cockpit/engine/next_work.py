"""Computes the engine's next work: a pure function from the snapshot to one job or step.

It is level-triggered: it looks at the present state and not at how that came about. An engine that restarts or takes
over therefore continues at the same point. All work is idempotent.
"""

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.facts import Call
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.plan import Plan, WriteTarget
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN
from cockpit.rules import decisions
from cockpit.rules.autopilot import NAME, next_action, rollback_action
from cockpit.rules.targets import target_all_hosts


class CutBranch(Struct, frozen=True):
    """Push the release branch and its tag."""

    release: str
    ref: str
    base: str
    install: bool


class RevertPull(Struct, frozen=True):
    """Revert a PR on main, cherry-pick the revert and tag the hotfix."""

    release: str
    pull: PullRequest
    tag: str
    by: str
    resolved: str = ""
    """The commit in which a person resolved the conflicts."""
    proposal: int = 0
    """The number of the revert's own PR; 0 before it is opened."""
    delayed: bool = False
    """Whether the log says that it waits for a system without an answer."""


class FollowReverts(Struct, frozen=True):
    """Follow the PRs of several reverts side by side."""

    reverts: tuple[RevertPull, ...]


class WithdrawRevert(Struct, frozen=True):
    """Find out whether a revert that is not wanted any more was pushed; close its PR if it was not."""

    revert: RevertPull
    url: str = ""
    """Of the revert's own PR."""
    closes: bool = True
    """Whether its PR is closed: it stays open for people if the release was abandoned."""


class MakeBuild(Struct, frozen=True):
    """Build the tip of the release branch."""

    commit: str
    tag: str


class TakeStep(Struct, frozen=True):
    """Carry out a plan that needs no decision of a person: a first step that serves no one, or an install."""

    plan: Plan
    by: str = "engine"
    why: str = ""


class RunSmoke(Struct, frozen=True):
    """Smoke test the hosts of the first step."""

    build: str
    tier: str


Work = CutBranch | RevertPull | FollowReverts | WithdrawRevert | MakeBuild | TakeStep | RunSmoke


def next_work(snapshot: Snapshot) -> Work | None:
    """The engine's next work; None if a person or time is next.

    A hold stops hosts from changing. Reverts and builds continue, so that the hotfix is ready when the hold ends. The
    autopilot's rollback stops only for a person's hold.
    """
    release = snapshot.open
    if release is None:
        return _withdrawal(snapshot.latest)
    if not release.ladder:
        return None
    if rollback := rollback_action(snapshot):  # before all else: it stops a running smoke test
        return TakeStep(rollback.plan, NAME, rollback.why)
    if work := _withdrawal(release) or _reverts(release):
        return work
    if release.failures:
        return None
    if not release.commit:
        ref = release.requested_commit or release.ref
        return CutBranch(release.id, ref, snapshot.base_commit, release.install)
    if release.build is None:
        return MakeBuild(release.commit, release.tag)
    if release.held:
        return None
    if release.build.id in snapshot.log.value.rejected:
        return None  # `advance` says so
    if release.install:
        return _install(snapshot, release)
    if release.ladder[0].tier not in snapshot.fleet:
        return None  # the tier was removed from the config; `advance` says so
    if release.rung < 0:
        step = decisions.automatic_first_step(snapshot, release)
        return TakeStep(step) if step else None
    first = release.ladder[0].tier
    if release.smoke is None and snapshot.fleet[first].complete and _all_serve(snapshot, first, release.build.id):
        return RunSmoke(release.build.id, first)
    if action := next_action(snapshot):
        return TakeStep(action.plan, NAME, action.why)
    return None


def unrecorded_fact(snapshot: Snapshot) -> facts.AnyFact | None:
    """A fact that no command caused and the log does not have yet.

    The verdict changed, a host refused its build, or a PR became suspected.
    """
    release = snapshot.open
    if release is None:
        return None
    is_deployed = release.rung >= 0 and release.build is not None
    fact = (_host_failed(snapshot, release) or _verdict_changed(snapshot, release)) if is_deployed else None
    return fact or _suspected(snapshot, release)


def _host_failed(snapshot: Snapshot, release: Release) -> facts.HostFailed | None:
    for status in snapshot.statuses.value.values():
        is_release_build = release.build is not None and status.failed == release.build.id
        recorded = (status.host, status.failed) in release.failed_hosts
        if status.state is HostState.FAILED and is_release_build and not recorded:
            return facts.HostFailed(status.host, status.failed, status.detail)
    return None


def _verdict_changed(snapshot: Snapshot, release: Release) -> facts.Judged | None:
    judgement = snapshot.judgement.value
    if judgement is None or not judgement.is_about(release):
        return None
    last = release.last_verdict.call if release.last_verdict else Call.WAIT
    if judgement.verdict.call is last:
        return None
    return facts.Judged(judgement.rung, judgement.build, judgement.verdict.call, judgement.verdict.reason)


def _suspected(snapshot: Snapshot, release: Release) -> facts.Suspected | None:
    """The most likely PR behind the errors, if it is more likely than not and was not recorded before."""
    best = max(snapshot.suspects.value, key=lambda suspect: suspect.score, default=None)
    if best is None or best.pull is None or best.score < EVEN or best.pull.name in release.suspected_names:
        return None
    pull = next((pull for pull in release.pulls if pull.name == best.pull.name), None)
    reverted = {*release.reverted_names, *(pending.pull.name for pending in release.pending_reverts)}
    is_deployed = any(isinstance(event.what, facts.Advanced) for event in release.events)
    if pull is None or pull.name in reverted or not is_deployed:
        return None
    return facts.Suspected(pull, round(best.score, 2), best.reason)


def is_news(release: Release, fact: facts.AnyFact) -> bool:
    """Whether the log lacks this result of work that was no longer wanted, and the remote has it all the same."""
    match fact:
        case facts.Cut():
            return not release.commit
        case facts.Reverted(tag=tag):
            return tag not in {revert.tag for revert in release.reverts}
        case facts.RevertProposed(proposal=proposal):
            return proposal not in {known.proposal for known in release.revert_proposals}
        case _:
            return False


def _withdrawal(release: Release | None) -> WithdrawRevert | None:
    """The first revert that is not wanted any more and may have been pushed; None if there is none."""
    if release is None or not release.unsettled_reverts:
        return None
    asked = release.unsettled_reverts[0]
    proposal = _proposal(release, asked)
    return WithdrawRevert(_revert(release, asked), proposal.url if proposal else "", release.end is None)


def _reverts(release: Release) -> RevertPull | FollowReverts | None:
    """The first revert without a PR of its own; then all that have one, side by side."""
    reverts = tuple(_revert(release, asked) for asked in release.pending_reverts)
    if first := next((revert for revert in reverts if not revert.proposal), None):
        return first
    return FollowReverts(reverts) if len(reverts) > 1 else next(iter(reverts), None)


def _revert(release: Release, asked: facts.RevertAsked) -> RevertPull:
    by = next(event.by for event in reversed(release.events) if event.what == asked)
    tag = f"{release.id}-hotfix.{release.hotfixes + 1}"
    proposal = _proposal(release, asked)
    delayed = any(facts.is_delay_of(delay.what, asked.pull.name) for delay in release.delays)
    return RevertPull(release.id, asked.pull, tag, by, asked.resolved, proposal.proposal if proposal else 0, delayed)


def _proposal(release: Release, asked: facts.RevertAsked) -> facts.RevertProposed | None:
    """The newest PR that reverts this one."""
    return next((known for known in reversed(release.revert_proposals) if known.name == asked.pull.name), None)


def _install(snapshot: Snapshot, release: Release) -> TakeStep | None:
    """Every tier at once; the release finishes once every host serves the build."""
    build = release.build
    assert build is not None, "the caller checks it"
    targets = target_all_hosts(snapshot, release, build.id, [tier.name for tier in snapshot.policy.tiers])
    if targets or release.rung < 0:
        advanced = facts.Advanced(len(release.ladder) - 1, "every host", build.id)
        return _step(snapshot, release, "install everywhere", advanced, targets)
    if all(tier.complete for tier in snapshot.fleet.values()):
        return _step(snapshot, release, f"finish {release.id}", facts.Finished(build.id), ())
    return None


def _step(
    snapshot: Snapshot, release: Release, title: str, fact: facts.AnyFact, targets: tuple[WriteTarget, ...]
) -> TakeStep:
    plan = decisions.record_fact(snapshot, release, fact, title)
    return TakeStep(Plan(title, release.id, (*targets, *plan.steps), plan.number, plan.prev))


def _all_serve(snapshot: Snapshot, tier: str, build: str) -> bool:
    statuses = [status for status in snapshot.statuses.value.values() if status.tier == tier]
    return bool(statuses) and all(status.serves(build) for status in statuses)
