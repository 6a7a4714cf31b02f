"""Decides the next act from what is on disk, what was meant and what is wished. Pure.

Level-triggered: nothing is remembered but the intent, and every act may be done twice. So the way on after a kill -9
is the same way, entered through `recovered`. An intent is written down before the act it comes with.

| state | on failure | after a kill -9 |
|---|---|---|
| pulling | again with back-off, then failed; what serves is untouched | pull again |
| prepared (waits for a permit to drain) | – | stay, and undo a drain of our own |
| draining | undrain, failed | undrain, back to prepared |
| switching | undrain, failed | `current` is the target: warming; else undrain, prepared |
| warming | reverting | run again |
| reverting | failed and drained: a person must look | run again |
| serving, failed | undrain again and again | stay |
"""

from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from cockpit.agent.intent import Intent
from cockpit.deploy.hosts.status import HostState, Target
from cockpit.deploy.text import short


@dataclass(frozen=True)
class Disk:
    """Which builds are in the slots, complete and verified; empty for none."""

    hot: str = ""
    cold: tuple[str, ...] = ()


@dataclass(frozen=True)
class PullBuild:
    """Bring the build into a cold slot."""

    build: str


@dataclass(frozen=True)
class Prefetch:
    """Bring the build into a cold slot while nothing else is to be done: it is likely to be wished for next."""

    build: str


@dataclass(frozen=True)
class TakePermit:
    """Get one of the tier's permits to be out of the load balancer."""


@dataclass(frozen=True)
class Drain:
    """Leave the load balancer and let requests in flight end."""


@dataclass(frozen=True)
class Flip:
    """Make the cold slot that holds this build the hot one."""

    build: str


@dataclass(frozen=True)
class Warm:
    """Reload the application and wait until it is well on the hot build."""


@dataclass(frozen=True)
class Undrain:
    """Go back into the load balancer."""


@dataclass(frozen=True)
class Idle:
    """Nothing to do until something changes."""


Act = PullBuild | Prefetch | TakePermit | Drain | Flip | Warm | Undrain | Idle


def obeying(intent: Intent, target: Target | None, host: str) -> tuple[Intent, str, str]:
    """(intent, the build wished for or empty, why the target is refused or empty)."""
    if target is None:
        return intent, "", ""
    if target.serial < intent.serial:
        return intent, "", f"refused target {target.serial} because {intent.serial} was obeyed already"
    if target.serial > intent.serial:
        detail = intent.detail if intent.drained else ""
        intent = replace(intent, serial=target.serial, failed="", detail=detail)
    return intent, target.wants(host), ""


def recovered(intent: Intent, disk: Disk) -> Intent:
    """Where an agent stands that has just started, after whatever ended the one before it."""
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
            # state.json is lost: the host may be drained and the application on anything
            return _warming(intent, disk.hot)
        case _:
            return intent


def decide(intent: Intent, disk: Disk, wish: str, *, permitted: bool = True, ahead: str = "") -> tuple[Intent, Act]:
    """The intent to write down, and the act to do after that.

    `permitted` is whether the host may leave its load balancer now, and `ahead` the build that it may be asked for
    next. Neither stands in the way of one that is on its way already, or out because it went wrong.
    """
    under_way = intent.drained or intent.state is HostState.DRAINING
    intent, act = _decide(intent, disk, wish)
    if isinstance(act, Drain) and not (permitted or under_way):
        return replace(intent, state=HostState.PREPARED, drained=False), TakePermit()
    at_rest = isinstance(act, Idle) and intent.state is HostState.SERVING and not intent.drained
    if at_rest and ahead not in ("", disk.hot, *disk.cold, intent.failed):
        return intent, Prefetch(ahead)
    return intent, act


def _decide(intent: Intent, disk: Disk, wish: str) -> tuple[Intent, Act]:
    match intent.state:
        case HostState.DRAINING:
            return intent, Drain()
        case HostState.SWITCHING if disk.hot == intent.wanted:
            return replace(intent, state=HostState.WARMING, healthy=False), Warm()
        case HostState.SWITCHING if wish in ("", intent.wanted) and intent.wanted in disk.cold:
            return intent, Flip(intent.wanted)
        case HostState.SWITCHING:
            return _choose(replace(intent, state=HostState.PREPARED), disk, wish)
        case HostState.REVERTING if disk.hot != intent.previous:
            return intent, Flip(intent.previous)
        case HostState.WARMING | HostState.REVERTING:
            if not intent.healthy:
                return intent, Warm()
            return _choose(intent, disk, wish)
        case HostState.EMPTY | HostState.SERVING | HostState.PULLING | HostState.PREPARED | HostState.FAILED:
            return _choose(intent, disk, wish)
    assert_never(intent.state)


def _choose(intent: Intent, disk: Disk, wish: str) -> tuple[Intent, Act]:
    """The next act of a host that is between moves: undo our own drain, then make the next move or none."""
    if intent.drained and intent.healthy and disk.hot:
        return intent, Undrain()
    if wish in ("", intent.failed):
        return replace(intent, state=_resting(intent, disk, wish)), Idle()
    if wish == disk.hot:
        if intent.drained:
            return _warming(intent, wish), Warm()
        return replace(intent, state=HostState.SERVING, wanted=wish), Idle()
    if wish not in disk.cold:
        return replace(intent, state=HostState.PULLING, wanted=wish), PullBuild(wish)
    move = replace(intent, wanted=wish, previous=disk.hot, drained=True)
    if disk.hot:
        return replace(move, state=HostState.DRAINING), Drain()
    return replace(move, state=HostState.SWITCHING), Flip(wish)


def _resting(intent: Intent, disk: Disk, wish: str) -> HostState:
    went_wrong = intent.failed and (wish or intent.state in (HostState.FAILED, HostState.REVERTING))
    if went_wrong or (intent.drained and disk.hot):
        return HostState.FAILED
    return HostState.SERVING if disk.hot else HostState.EMPTY


def _warming(intent: Intent, build: str) -> Intent:
    """About to prove a build that is hot already; there is nothing to go back to."""
    return replace(intent, state=HostState.WARMING, wanted=build, previous="", drained=True, healthy=False)


def done(intent: Intent, act: Act, note: str = "") -> Intent:
    """After the act went well; `note` is what a person should know nevertheless."""
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
            left = intent.state is HostState.WARMING and intent.previous not in ("", intent.wanted)
            return replace(intent, healthy=True, kept=intent.previous if left else intent.kept)
        case Undrain():
            return replace(intent, drained=False)
        case Idle():
            return intent
    assert_never(act)


def to_keep(intent: Intent) -> tuple[str, ...]:
    """The builds whose slots are not to be filled with another: where a rollback goes, and where this move began; of a
    host that is stuck the latter alone."""
    kept = (intent.previous,) if intent.drained else (intent.kept, intent.previous)
    return tuple(build for build in kept if build not in ("", intent.failed))


def failed(intent: Intent, act: Act, disk: Disk, reason: str) -> Intent:
    """After the act failed for good; `disk` is as it left it."""
    match act:
        case PullBuild(build):
            return replace(intent, state=HostState.FAILED, failed=build, detail=reason)
        case Drain() | Flip() | Warm():
            return _gone_wrong(intent, disk, reason)
        case Prefetch() | TakePermit() | Undrain() | Idle():
            return intent
    assert_never(act)


def _gone_wrong(intent: Intent, disk: Disk, reason: str) -> Intent:
    way_out = "the host stays drained: mend it and restart its agent, or point its tier at another build"
    if intent.state is HostState.REVERTING:
        what = f"{short(intent.failed)} failed here and so did going back to {short(intent.previous)}: {reason}"
        return replace(intent, state=HostState.FAILED, healthy=False, detail=f"{what}; {way_out}")
    what = f"{short(intent.wanted)}: {reason}"
    if intent.previous in ("", intent.wanted):
        detail = f"{what}; there is no earlier build to go back to; {way_out}"
        return replace(intent, state=HostState.FAILED, failed=intent.wanted, healthy=False, detail=detail)
    return replace(
        intent,
        state=HostState.REVERTING,
        failed=intent.wanted,
        healthy=intent.healthy and disk.hot == intent.previous,
        detail=f"{what}; back on {short(intent.previous)}",
    )
