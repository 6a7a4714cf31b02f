"""Carries out a plan: one compare-and-set transaction of events and targets, or nothing.

If another writer was first, the store raises `Conflict`. The caller then decides again on a newer snapshot, so a plan
never acts on outdated state.
"""

from typing import assert_never

import msgspec

from cockpit.control.log_head_update import update_log_head
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event, digest, encode
from cockpit.deploy.plan import AppendEvent, CommandRequest, GiveCommand, Plan, TakeCommand, WriteTarget
from cockpit.ports import MAYBE_DONE, Conflict, Failed, Put, Store, Unconfirmed, Write


def writes(plan: Plan, request: CommandRequest, now: float) -> tuple[Write, ...]:
    """The plan's transaction: events under the next numbers, targets over the versions that were decided on."""
    number, prev = plan.number, plan.prev
    made: list[Write] = []
    if plan.current_version is not None:
        made.append(Put(store_keys.CURRENT, plan.release.encode(), plan.current_version))
    for step in plan.steps:
        match step:
            case AppendEvent(what):
                number += 1
                stored = encode(Event(number, now, request.by, request.why, what, prev))
                prev = digest(stored)
                made.append(Put(store_keys.event(plan.release, number), stored, 0))
            case WriteTarget(target, version):
                made.append(Put(store_keys.target(target.tier), msgspec.json.encode(target), version))
            case TakeCommand() | GiveCommand():
                pass  # the dispatcher changes the commander's lock
            case _:
                assert_never(step)
    return tuple(made)


async def transaction(store: Store, plan: Plan, request: CommandRequest, now: float) -> tuple[Write, ...]:
    """The plan's writes with the new head of the log. Raises `Failed`."""
    made = writes(plan, request, now)
    if events := [write for write in made if isinstance(write, Put) and store_keys.parse_event(write.key)]:
        made = (*made, await update_log_head(store, plan.prev, events))
    return made


async def perform(store: Store, plan: Plan, request: CommandRequest, now: float, guard: Write | None = None) -> None:
    """Write the plan, under `guard` if the writer must hold a lock.

    Raises `Conflict` if the state changed since the plan was made; nothing was written then. A write that was not
    confirmed is sent again, which is safe: its events have fixed numbers, so it is made at most once. Raises
    `Unconfirmed` if the store does not answer any more.
    """
    made = await transaction(store, plan, request, now)
    if not made:
        return
    guarded = (*made, *(() if guard is None else (guard,)))
    try:
        try:
            await store.commit(*guarded)
        except Unconfirmed:
            await store.commit(*guarded)
    except Conflict:
        if not await _is_written(store, made):
            raise


async def _is_written(store: Store, made: tuple[Write, ...]) -> bool:
    """Whether the conflict is with our own first attempt. Events hold their time and writer, so each is unique."""
    event = next((write for write in made if isinstance(write, Put) and store_keys.parse_event(write.key)), None)
    try:
        stored = await store.get(event.key) if event else None
    except Failed as failed:
        raise Unconfirmed(failed.system, failed.reason, MAYBE_DONE) from failed
    return event is not None and stored is not None and stored.value == event.value
