"""Carries out a plan: one compare-and-set transaction of events and targets, or nothing.

Somebody else may have written since the picture was taken. Then the store says so, the picture is read anew and the
decision is made again on it, so a plan never acts on what is no longer true.
"""

from typing import assert_never

import msgspec

from cockpit.control.log_head import anchoring
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event, digest, encode
from cockpit.deploy.plan import AppendEvent, CommandRequest, GiveCommand, Plan, TakeCommand, WriteTarget
from cockpit.ports import PERHAPS_DONE, Conflict, Failed, Put, Store, Unsure, Write


def writes(plan: Plan, ask: CommandRequest, now: float) -> tuple[Write, ...]:
    """The transaction that `plan` is: events under the next numbers, targets over the versions decided on."""
    number, prev = plan.number, plan.prev
    made: list[Write] = []
    if plan.current is not None:
        made.append(Put(store_keys.CURRENT, plan.release.encode(), plan.current))
    for step in plan.steps:
        match step:
            case AppendEvent(what):
                number += 1
                stored = encode(Event(number, now, ask.by, ask.why, what, prev))
                prev = digest(stored)
                made.append(Put(store_keys.event(plan.release, number), stored, 0))
            case WriteTarget(target, version):
                made.append(Put(store_keys.target(target.tier), msgspec.json.encode(target), version))
            case TakeCommand() | GiveCommand():
                pass  # the lock of the conn is no record of ours
            case _:
                assert_never(step)
    return tuple(made)


async def perform(store: Store, plan: Plan, ask: CommandRequest, now: float, guard: Write | None = None) -> None:
    """Write the plan, under `guard` where the writer must hold a lock.

    Raises `Conflict` where the world has moved since the plan was made; nothing was written then. A write whose answer
    was lost is written again, which can do it once at the most: its events have numbers, and they tell whether it is
    ours that stands there. Raises `Unsure` where the store does not answer any more.
    """
    made = writes(plan, ask, now)
    if not made:
        return
    if events := [write for write in made if isinstance(write, Put) and store_keys.parse_event(write.key)]:
        made = (*made, await anchoring(store, plan.prev, events))
    guarded = (*made, *(() if guard is None else (guard,)))
    try:
        try:
            await store.commit(*guarded)
        except Unsure:
            await store.commit(*guarded)
    except Conflict:
        if not await _stands(store, made):
            raise


async def _stands(store: Store, made: tuple[Write, ...]) -> bool:
    """Whether it is this very write that is in the way of itself. Events carry their time and writer: none is like
    another."""
    event = next((write for write in made if isinstance(write, Put) and store_keys.parse_event(write.key)), None)
    try:
        there = await store.get(event.key) if event else None
    except Failed as failed:
        raise Unsure(failed.system, failed.reason, PERHAPS_DONE) from failed
    return event is not None and there is not None and there.value == event.value
