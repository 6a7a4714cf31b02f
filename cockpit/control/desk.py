"""Where commands are given: decide on the present picture, perform, and decide again if the world moved meanwhile."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from cockpit.control.commands import Command
from cockpit.control.perform import perform
from cockpit.deploy.plan import Ask, Plan, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Failed, Store

Look = Callable[[str], Awaitable[Snapshot]]
"""The present snapshot; given the digest of an event, one whose log has gone on from there if it has at all."""

TRIES = 6


@dataclass(frozen=True)
class Done:
    """The plan was carried out."""

    plan: Plan


@dataclass(frozen=True)
class Changed:
    """Nothing was done: what would happen now is no longer what the person was shown."""

    plan: Plan


class Desk:
    """Gives commands on behalf of people and automation alike."""

    def __init__(self, store: Store, look: Look, clock: Callable[[], float]) -> None:
        self._store = store
        self._look = look
        self._clock = clock

    async def preview(self, command: Command, ask: Ask) -> Plan | Refusal:
        """What would happen; changes nothing."""
        return command.decide(await self._look(""), ask)

    async def give(self, command: Command, ask: Ask, shown: Plan | None = None) -> Done | Changed | Refusal:
        """Do it. With `shown`, the plan a person confirmed, only while that is still what would be done.

        Raises `Failed` where the store does not answer, or where others keep writing first.
        """
        past = ""
        for _ in range(TRIES):
            decided = command.decide(await self._look(past), ask)
            if isinstance(decided, Refusal):
                return decided
            if shown is not None and steps(decided) != steps(shown):
                return Changed(decided)
            past = decided.prev
            try:
                await perform(self._store, decided, ask, self._clock())
            except Conflict:
                continue
            with suppress(Failed):  # it is done; whoever gives the next command should see what this one did
                await self._look(past)
            return Done(decided)
        raise Failed(
            "store", f"others wrote first {TRIES} times in a row", f"{command.verb} was not done; give it again"
        )


def steps(plan: Plan) -> tuple[str, ...]:
    """The plan's steps in words, as a confirmation and --dry-run show them."""
    return tuple(step.words for step in plan.steps)
