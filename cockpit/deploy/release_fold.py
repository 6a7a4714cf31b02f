"""The fold of events into a release.

It is total: a fact that makes no sense at this point is added to the log and changes nothing else. Each function has
one branch for each fact, so mypy reports a fact without a branch.
"""

from functools import reduce
from typing import assert_never

from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.release import End, Release


def fold(release_id: str, events: tuple[Event, ...]) -> Release:
    """Fold `events`, oldest first, into a release."""
    return reduce(apply, events, Release(release_id))


def apply(release: Release, event: Event) -> Release:
    """Apply one event to the release."""
    release = replace(release, events=(*release.events, event))
    if isinstance(event.what, facts.PreparationFact):
        return _apply_preparation(release, event, event.what)
    if isinstance(event.what, facts.StepFact):
        return _apply_step(release, event, event.what)
    if isinstance(event.what, facts.RevertFact):
        return _apply_revert(release, event, event.what)
    if isinstance(event.what, facts.CommandFact):
        return _apply_command(release, event, event.what)
    return _apply_observed(release, event, event.what)


def _apply_preparation(release: Release, event: Event, fact: facts.PreparationFact) -> Release:
    match fact:
        case facts.Started(ref=ref, ladder=ladder, install=install, commit=commit):
            return replace(release, ref=ref, ladder=ladder, install=install, requested_commit=commit)
        case facts.Cut(branch=branch, tag=tag, commit=commit, base=base, pulls=pulls):
            return replace(
                release,
                branch=branch,
                tag=tag,
                commit=commit,
                base=base,
                pulls=pulls,
                failures=_unresolved(release, facts.CutFailed),
            )
        case facts.BuildReady(build=build):
            builds = (*(known for known in release.builds if known.id != build.id), build)
            return replace(release, builds=builds, failures=_unresolved(release, facts.BuildFailed))
        case facts.CutFailed() | facts.BuildFailed():
            return replace(release, failures=(*_unresolved(release, type(fact)), event))
        case _:
            assert_never(fact)


def _apply_step(release: Release, event: Event, fact: facts.StepFact) -> Release:
    match fact:
        case facts.Advanced(rung=rung, build=build):
            if not 0 <= rung < len(release.ladder):
                return release
            smoke = release.smoke if release.smoke and release.smoke.build == build else None
            at_step = replace(release, rung=rung, since=event.at, step_number=event.number)
            return replace(at_step, smoke=smoke, last_verdict=None, rolled_back=None)
        case facts.SmokePassed() | facts.SmokeFailed():
            return replace(release, smoke=fact)
        case facts.Judged():
            return replace(release, last_verdict=fact)
        case facts.RolledBack():
            return _rolled_back(release, event, fact)
        case facts.Finished():
            return replace(release, end=End.FINISHED, rolled_back=None, marks=(*release.marks, fact))
        case facts.Abandoned():
            rolled_back = release.rolled_back if release.rolled_back and not release.rolled_back.release else None
            return replace(release, end=End.ABANDONED, failures=(), rolled_back=rolled_back)
        case _:
            assert_never(fact)


def _apply_revert(release: Release, event: Event, fact: facts.RevertFact) -> Release:
    match fact:
        case facts.RevertAsked():
            return replace(_before_first_step(release), pending_reverts=(*release.pending_reverts, fact))
        case facts.Reverted():
            return _reverted(release, fact) if fact.tip else release
        case facts.RevertFailed():
            name = facts.pull_name(fact)
            failed = _without_proposals(_settled(release, name), name)
            return replace(failed, failures=(*_without_revert(release, name), event))
        case facts.RevertProposed():
            return replace(release, revert_proposals=(*release.revert_proposals, fact))
        case facts.RevertDelayed(name=name, reason=reason):
            others = tuple(delay for delay in release.delays if not facts.is_delay_of(delay.what, name))
            return replace(release, delays=(*others, event) if reason else others)
        case facts.WithdrawalAsked(name=name):
            taken_back = tuple(revert for revert in release.pending_reverts if revert.pull.name == name)
            settled = _settled(release, name)
            return replace(settled, withdrawals=(*settled.withdrawals, *taken_back))
        case facts.RevertWithdrawn(name=name):
            return _without_proposals(_settled(release, name), name)
        case _:
            assert_never(fact)


def _apply_command(release: Release, event: Event, fact: facts.CommandFact) -> Release:
    match fact:
        case facts.Held():
            return replace(release, held=event)
        case facts.Resumed(kept=kept):
            # Without a failed smoke test on record the engine runs the test again.
            smoke = release.smoke if isinstance(release.smoke, facts.SmokePassed) else None
            kept = tuple(dict.fromkeys((*release.kept_names, *kept)))
            return replace(release, held=None, failures=(), smoke=smoke, kept_names=kept)
        case facts.Rejected():
            return replace(release, marks=(*release.marks, fact))
        case facts.AutopilotSet(mode=mode):
            return replace(release, autopilot=mode)
        case facts.Frozen() | facts.Thawed():
            return replace(release, freezes=(*release.freezes, event))
        case (
            facts.CommandTaken() | facts.HandedOver() | facts.HandoffRead() | facts.Noted() | facts.CommanderLost()
        ):  # fmt: skip
            return release
        case _:
            assert_never(fact)


def _apply_observed(release: Release, event: Event, fact: facts.ObservedFact) -> Release:
    match fact:
        case facts.HostFailed(host=host, build=build):
            return replace(release, failed_hosts=(*release.failed_hosts, (host, build)))
        case facts.Suspected(pull=pull):
            return replace(release, suspected_names=(*release.suspected_names, pull.name))
        case facts.Unreadable():
            return replace(release, unreadable=(*release.unreadable, fact))
        case facts.Regressed():
            return replace(release, regressions=(*release.regressions, event))
        case facts.Restored():
            return release
        case _:
            assert_never(fact)


def _before_first_step(release: Release) -> Release:
    return replace(release, rung=-1, since=0.0, step_number=0, last_verdict=None)


def _reverted(release: Release, fact: facts.Reverted) -> Release:
    """The branch has a new tip without the PR. It needs a new build, which starts at the first step.

    A failed build was of the old tip, so it is resolved too. A closed release needs no build: it keeps its state.
    """
    name = facts.pull_name(fact)
    release = replace(
        _settled(release, name),
        reverted_numbers=(*release.reverted_numbers, fact.number) if fact.number else release.reverted_numbers,
        reverted_names=(*release.reverted_names, name),
        reverts=(*release.reverts, fact),
    )
    if release.end is not None:
        return release
    return replace(
        _before_first_step(release),
        commit=fact.tip,
        tag=fact.tag,
        smoke=None,
        failures=tuple(event for event in _without_revert(release, name) if _is_of_revert(event)),
        kept_names=tuple(kept for kept in release.kept_names if kept != name),
        rolled_back=None,
    )


def _settled(release: Release, name: str) -> Release:
    """The release with nothing left to do for the revert of this PR."""
    return replace(
        release,
        pending_reverts=tuple(revert for revert in release.pending_reverts if revert.pull.name != name),
        withdrawals=tuple(revert for revert in release.withdrawals if revert.pull.name != name),
        delays=tuple(delay for delay in release.delays if not facts.is_delay_of(delay.what, name)),
    )


def _without_proposals(release: Release, name: str) -> Release:
    """The release without the PRs that were opened to revert this PR."""
    proposals = tuple(proposal for proposal in release.revert_proposals if proposal.name != name)
    return replace(release, revert_proposals=proposals)


def _unresolved(release: Release, job: type[facts.Fact]) -> tuple[Event, ...]:
    """The failures but those of this kind of job."""
    return tuple(event for event in release.failures if not isinstance(event.what, job))


def _without_revert(release: Release, name: str) -> tuple[Event, ...]:
    """The failures but that of the revert of this PR."""
    return tuple(
        event
        for event in release.failures
        if not (isinstance(event.what, facts.RevertFailed) and facts.pull_name(event.what) == name)
    )


def _is_of_revert(event: Event) -> bool:
    return isinstance(event.what, facts.RevertFailed)


def _rolled_back(release: Release, event: Event, fact: facts.RolledBack) -> Release:
    """The tiers went back. A release that was closed without its own build out keeps its end as its state."""
    marked = fact if fact.left else replace(fact, left=tuple(build.id for build in release.builds))
    concerns = release.end is not End.ABANDONED or not fact.release
    return replace(
        _before_first_step(release),
        rolled_back=fact if concerns else release.rolled_back,
        held=event,
        marks=(*release.marks, marked),
    )
