"""Decides the next act from the disk, the intent and the desired build. Pure.

Level-triggered: the only memory is the intent, and every act may be repeated. After a kill -9, `recover` returns the
intent to continue from. An intent is saved before its act.

| state | on failure | after a kill -9 |
|---|---|---|
| pulling | retry with back-off, then failed; the hot build is untouched | pull again |
| prepared (waits for its turn to drain) | – | stay, and undo the agent's own drain |
| draining | undrain, failed | undrain, back to prepared |
| switching | undrain, failed | if `current` is the target: warming; else undrain, prepared |
| warming | reverting | run again |
| reverting | failed and drained: needs a person | run again |
| serving, failed | repeat the undrain | stay |

On the way to a build that was healthy on this host before, no failure ends the move: `retry` counts the failures, and
the act is repeated until it succeeds or another build is desired.
"""

from collections.abc import Collection
from typing import assert_never

from msgspec.structs import replace

from cockpit.agent.acts import (
    Act,
    CheckSlot,
    Disk,
    Drain,
    Flip,
    Idle,
    Prefetch,
    PullBuild,
    Undrain,
    WaitForTurn,
    Warm,
)
from cockpit.agent.good_builds import destination, has_proved_well, with_good
from cockpit.agent.intent import Intent
from cockpit.agent.retry import failed_again
from cockpit.deploy.hosts.status import HostState, Target
from cockpit.deploy.text import short


def obey(intent: Intent, target: Target | None, host: str) -> tuple[Intent, str, str]:
    """Return (the intent, the desired build or empty, why the target is refused or empty)."""
    if target is None:
        return intent, "", ""
    if target.serial < intent.serial:
        return intent, "", f"refused target {target.serial} because target {intent.serial} was obeyed already"
    if target.serial > intent.serial:
        detail = intent.detail if intent.drained else ""
        intent = replace(intent, serial=target.serial, failed="", detail=detail)
    return intent, target.wants(host), ""


def recover(intent: Intent, disk: Disk) -> Intent:
    """Return the intent from which an agent that has just started continues."""
    if has_proved_well(intent, intent.failed):  # by an agent before 0.2, which did not retry
        intent = replace(intent, failed="")
    match intent.state:
        case HostState.DRAINING:
            return replace(intent, state=HostState.PREPARED)
        case HostState.SWITCHING if disk.hot == intent.wanted:
            return replace(intent, state=HostState.WARMING, healthy=False)
        case HostState.SWITCHING:
            return replace(intent, state=HostState.PREPARED)
        case HostState.FAILED if intent.drained and intent.previous:
            return replace(intent, state=HostState.REVERTING)
        case HostState.EMPTY if disk.hot:
            # state.json is lost: the host may be drained, and the application may run any build
            return _warming(intent, disk.hot)
        case _:
            return intent


def decide(
    intent: Intent,
    disk: Disk,
    desired: str,
    *,
    permitted: bool = True,
    expected: str = "",
    skipped: Collection[str] = (),
) -> tuple[Intent, Act]:
    """Return the intent to save, and the act to perform after that.

    `permitted`: whether the host may leave its load balancer now. A host that is out already needs no turn.
    `expected`: the build that the host will probably run next; empty if unknown.
    `skipped`: builds that are not to be pulled in advance.
    """
    already_out = intent.drained or intent.state is HostState.DRAINING
    intent, act = _decide(intent, disk, desired)
    if isinstance(act, Idle):
        intent = replace(intent, retry=None)
    if isinstance(act, Drain) and not (permitted or already_out):
        return replace(intent, state=HostState.PREPARED, drained=False), WaitForTurn()
    at_rest = isinstance(act, Idle) and intent.state is HostState.SERVING and not intent.drained
    if at_rest:
        for build in (intent.last_good, expected):
            if build not in ("", disk.hot, *disk.cold, intent.failed, *skipped):
                return intent, Prefetch(build)
    return intent, act


def is_wanted(intent: Intent, act: Act, hot: str, desired: str, expected: str) -> bool:
    """Whether an act that takes long is still wanted."""
    match act:
        case PullBuild(build) | CheckSlot(build) if intent.state is HostState.REVERTING:
            return build in (intent.previous, desired)
        case PullBuild(build) | CheckSlot(build):
            return build == desired
        case Prefetch(build):
            return build == desired or (desired in ("", hot) and build in (intent.last_good, expected))
        case _:
            return True


def _decide(intent: Intent, disk: Disk, desired: str) -> tuple[Intent, Act]:
    if intent.retry and desired not in ("", intent.failed, destination(intent)):
        return _choose(intent, disk, desired)
    match intent.state:
        case HostState.DRAINING:
            return intent, Drain()
        case HostState.SWITCHING if disk.hot == intent.wanted:
            return replace(intent, state=HostState.WARMING, healthy=False), Warm()
        case HostState.SWITCHING if desired in ("", intent.wanted) and intent.wanted in disk.cold:
            return intent, Flip(intent.wanted)
        case HostState.SWITCHING:
            return _choose(replace(intent, state=HostState.PREPARED), disk, desired)
        case HostState.REVERTING if disk.hot != intent.previous:
            on_disk = intent.previous in disk.cold or not has_proved_well(intent, intent.previous)
            return intent, Flip(intent.previous) if on_disk else PullBuild(intent.previous)
        case HostState.WARMING | HostState.REVERTING:
            if not intent.healthy:
                return intent, Warm()
            return _choose(intent, disk, desired)
        case HostState.EMPTY | HostState.SERVING | HostState.PULLING | HostState.PREPARED | HostState.FAILED:
            return _choose(intent, disk, desired)
    assert_never(intent.state)


def _choose(intent: Intent, disk: Disk, desired: str) -> tuple[Intent, Act]:
    """Decide for a host between two moves: undo the agent's own drain, then begin the next move, if any.

    If an act has failed and the host is out for it, it leaves its build from there and does not serve it in between.
    """
    leaves_at_once = intent.retry and desired in disk.cold and desired != intent.failed
    if intent.drained and intent.healthy and disk.hot and not leaves_at_once:
        return _back_in_balancer(intent), Undrain()
    if desired in ("", intent.failed):
        return replace(intent, state=_resting(intent, disk, desired)), Idle()
    if desired == disk.hot:
        if intent.drained:
            return _warming(intent, desired), Warm()
        return replace(intent, state=HostState.SERVING, wanted=desired), Idle()
    if not intent.drained and desired != intent.wanted:
        intent = replace(intent, retry=None)
    if desired not in disk.cold:
        return replace(intent, state=HostState.PULLING, wanted=desired), PullBuild(desired)
    if desired in disk.unchecked:
        return replace(intent, state=HostState.PREPARED, wanted=desired), CheckSlot(desired)
    good = with_good(intent, disk.hot) if intent.healthy else intent.good
    move = replace(intent, wanted=desired, previous=disk.hot, drained=True, good=good)
    if disk.hot:
        return replace(move, state=HostState.DRAINING), Drain()
    return replace(move, state=HostState.SWITCHING), Flip(desired)


def _back_in_balancer(intent: Intent) -> Intent:
    """Return the intent to undrain; a drain that was given up is over."""
    return replace(intent, state=HostState.PREPARED) if intent.state is HostState.DRAINING else intent


def is_retried(intent: Intent, act: Act) -> bool:
    """Whether the act is retried until it succeeds."""
    match act:
        case PullBuild(build):
            return has_proved_well(intent, build)
        case Drain() | Flip() | Warm():
            return has_proved_well(intent, destination(intent))
        case Undrain() | CheckSlot():
            return True
        case Prefetch() | WaitForTurn() | Idle():
            return False
    assert_never(act)


def _resting(intent: Intent, disk: Disk, desired: str) -> HostState:
    has_failed = intent.failed and (desired or intent.state in (HostState.FAILED, HostState.REVERTING))
    if has_failed or (intent.drained and disk.hot):
        return HostState.FAILED
    return HostState.SERVING if disk.hot else HostState.EMPTY


def _warming(intent: Intent, build: str) -> Intent:
    """Return the intent to check the health of a build that is hot already; it has no build to return to."""
    return replace(intent, state=HostState.WARMING, wanted=build, previous="", drained=True, healthy=False)


def after_success(intent: Intent, act: Act, note: str = "") -> Intent:
    """Return the intent after the act succeeded; `note` goes into the status."""
    if not isinstance(act, CheckSlot | Prefetch | WaitForTurn):
        intent = replace(intent, retry=None)
    match act:
        case PullBuild():
            return intent if intent.state is HostState.REVERTING else replace(intent, state=HostState.PREPARED)
        case CheckSlot() | Prefetch() | WaitForTurn():
            return intent
        case Drain():
            return replace(intent, state=HostState.SWITCHING, detail=note)
        case Flip():
            return replace(intent, healthy=False)
        case Warm():
            moved = intent.state is HostState.WARMING and intent.previous not in ("", intent.wanted)
            last_good = intent.previous if moved else intent.last_good
            return replace(intent, healthy=True, last_good=last_good, good=with_good(intent, destination(intent)))
        case Undrain():
            return replace(intent, drained=False)
        case Idle():
            return intent
    assert_never(act)


def builds_to_keep(intent: Intent) -> tuple[str, ...]:
    """Return the builds whose slots must not be overwritten: the rollback target, and the build this move began on.

    A host that is still drained keeps the latter alone, so that it has a slot for a build that repairs it.
    """
    builds = (intent.previous,) if intent.drained else (intent.last_good, intent.previous)
    return tuple(build for build in builds if build not in ("", intent.failed))


def after_failure(intent: Intent, act: Act, disk: Disk, reason: str, now: float = 0.0) -> Intent:
    """Return the intent after the act failed, for good unless `is_retried`; `disk` is the state after it."""
    if is_retried(intent, act):
        return replace(intent, retry=failed_again(intent.retry, reason, now))
    intent = replace(intent, retry=None)
    match act:
        case PullBuild(build):
            return replace(intent, state=HostState.FAILED, failed=build, detail=reason)
        case Drain() | Flip() | Warm():
            return _after_failed_move(intent, disk, reason)
        case CheckSlot() | Prefetch() | WaitForTurn() | Undrain() | Idle():
            return intent
    assert_never(act)


def _after_failed_move(intent: Intent, disk: Disk, reason: str) -> Intent:
    remedy = "the host stays drained: repair it and restart its agent, or tell its tier to run another build"
    if intent.state is HostState.REVERTING:
        problem = f"{short(intent.failed)} failed here, and so did the return to {short(intent.previous)}: {reason}"
        return replace(intent, state=HostState.FAILED, healthy=False, detail=f"{problem}; {remedy}")
    problem = f"{short(intent.wanted)}: {reason}"
    if intent.previous in ("", intent.wanted):
        detail = f"{problem}; there is no earlier build to return to; {remedy}"
        return replace(intent, state=HostState.FAILED, failed=intent.wanted, healthy=False, detail=detail)
    return replace(
        intent,
        state=HostState.REVERTING,
        failed=intent.wanted,
        healthy=intent.healthy and disk.hot == intent.previous,
        detail=f"{problem}; back on {short(intent.previous)}",
    )
