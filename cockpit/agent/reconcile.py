"""Decides the next act from the disk, the intent and the desired build. Pure.

Level-triggered: the only memory is the intent, and every act may be repeated. After a kill -9, `recover` returns the
intent to continue from. An intent is saved before its act.

| state | on failure | after a kill -9 |
|---|---|---|
| pulling | retry with back-off, then failed; the hot build is untouched | pull again |
| prepared (waits for a permit to drain) | – | stay, and undo the agent's own drain |
| draining | undrain, failed | undrain, back to prepared |
| switching | undrain, failed | if `current` is the target: warming; else undrain, prepared |
| warming | reverting | run again |
| reverting | failed and drained: needs a person | run again |
| serving, failed | repeat the undrain | stay |
"""

from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from cockpit.agent.intent import Intent
from cockpit.deploy.hosts.status import HostState, Target
from cockpit.deploy.text import short


@dataclass(frozen=True)
class Disk:
    """The complete, verified builds in the slots; empty for none."""

    hot: str = ""
    cold: tuple[str, ...] = ()


@dataclass(frozen=True)
class PullBuild:
    """Pull the build into a cold slot."""

    build: str


@dataclass(frozen=True)
class Prefetch:
    """Pull the build that is expected next into a cold slot, while the host is idle."""

    build: str


@dataclass(frozen=True)
class TakePermit:
    """Acquire one of the tier's permits to leave the load balancer."""


@dataclass(frozen=True)
class Drain:
    """Leave the load balancer and wait for requests in flight."""


@dataclass(frozen=True)
class Flip:
    """Make the cold slot with this build the hot one."""

    build: str


@dataclass(frozen=True)
class Warm:
    """Reload the application and wait until it is healthy on the hot build."""


@dataclass(frozen=True)
class Undrain:
    """Return to the load balancer."""


@dataclass(frozen=True)
class Idle:
    """Do nothing until something changes."""


Act = PullBuild | Prefetch | TakePermit | Drain | Flip | Warm | Undrain | Idle


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
    intent: Intent, disk: Disk, desired: str, *, permitted: bool = True, expected: str = ""
) -> tuple[Intent, Act]:
    """Return the intent to save, and the act to perform after that.

    `permitted`: whether the host may leave its load balancer now. A host that is out already needs no permit.
    `expected`: the build that the host will probably run next; empty if unknown.
    """
    already_out = intent.drained or intent.state is HostState.DRAINING
    intent, act = _decide(intent, disk, desired)
    if isinstance(act, Drain) and not (permitted or already_out):
        return replace(intent, state=HostState.PREPARED, drained=False), TakePermit()
    at_rest = isinstance(act, Idle) and intent.state is HostState.SERVING and not intent.drained
    if at_rest and expected not in ("", disk.hot, *disk.cold, intent.failed):
        return intent, Prefetch(expected)
    return intent, act


def _decide(intent: Intent, disk: Disk, desired: str) -> tuple[Intent, Act]:
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
            return intent, Flip(intent.previous)
        case HostState.WARMING | HostState.REVERTING:
            if not intent.healthy:
                return intent, Warm()
            return _choose(intent, disk, desired)
        case HostState.EMPTY | HostState.SERVING | HostState.PULLING | HostState.PREPARED | HostState.FAILED:
            return _choose(intent, disk, desired)
    assert_never(intent.state)


def _choose(intent: Intent, disk: Disk, desired: str) -> tuple[Intent, Act]:
    """Decide for a host between two moves: undo the agent's own drain, then begin the next move, if any."""
    if intent.drained and intent.healthy and disk.hot:
        return intent, Undrain()
    if desired in ("", intent.failed):
        return replace(intent, state=_resting(intent, disk, desired)), Idle()
    if desired == disk.hot:
        if intent.drained:
            return _warming(intent, desired), Warm()
        return replace(intent, state=HostState.SERVING, wanted=desired), Idle()
    if desired not in disk.cold:
        return replace(intent, state=HostState.PULLING, wanted=desired), PullBuild(desired)
    move = replace(intent, wanted=desired, previous=disk.hot, drained=True)
    if disk.hot:
        return replace(move, state=HostState.DRAINING), Drain()
    return replace(move, state=HostState.SWITCHING), Flip(desired)


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
    match act:
        case PullBuild():
            return replace(intent, state=HostState.PREPARED)
        case Prefetch() | TakePermit():
            return intent
        case Drain():
            return replace(intent, state=HostState.SWITCHING, detail=note)
        case Flip():
            return replace(intent, healthy=False)
        case Warm():
            moved = intent.state is HostState.WARMING and intent.previous not in ("", intent.wanted)
            return replace(intent, healthy=True, last_good=intent.previous if moved else intent.last_good)
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


def after_failure(intent: Intent, act: Act, disk: Disk, reason: str) -> Intent:
    """Return the intent after the act failed for good; `disk` is the state after it."""
    match act:
        case PullBuild(build):
            return replace(intent, state=HostState.FAILED, failed=build, detail=reason)
        case Drain() | Flip() | Warm():
            return _after_failed_move(intent, disk, reason)
        case Prefetch() | TakePermit() | Undrain() | Idle():
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
