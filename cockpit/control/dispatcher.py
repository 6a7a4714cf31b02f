"""Where commands are given: decide on the present picture, perform, and decide again if the world moved meanwhile."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from msgspec import structs

from cockpit.control.command_table import Command
from cockpit.control.commander_lease import LeaseState
from cockpit.control.perform import perform
from cockpit.deploy import store_keys
from cockpit.deploy.plan import CommandRequest, GiveCommand, Plan, Refusal, TakeCommand
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Check, Conflict, Failed, Store, Write
from cockpit.rules.commander.duty import duty_of_another

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


class Dispatcher:
    """Gives commands on behalf of people and automation alike.

    Every write is one transaction with "the conn is as it was decided on": in this person's hands, or in nobody's.
    """

    def __init__(
        self, store: Store, look: Look, clock: Callable[[], float], seat: LeaseState, stays: bool = False
    ) -> None:
        self._store = store
        self._look = look
        self._clock = clock
        self._seat = seat
        self._stays = stays
        """Whether the person stays here, so that a command takes the conn which nobody has."""

    async def preview(self, command: Command, ask: CommandRequest) -> Plan | Refusal:
        """What would happen; changes nothing."""
        return command.decide(await self._look(""), ask)

    async def give(self, command: Command, ask: CommandRequest, shown: Plan | None = None) -> Done | Changed | Refusal:
        """Do it. With `shown`, the plan a person confirmed, only while that is still what would be done.

        Raises `Failed` where the store does not answer, or where others keep writing first.
        """
        past = ""
        for _ in range(TRIES):
            # The picture may be a moment old; who has the conn may not.
            snapshot = replace(await self._look(past), commander=Seen(await self._seat.look(), self._clock()))
            decided = command.decide(snapshot, ask)
            if isinstance(decided, Refusal):
                return decided
            if shown is not None and steps(decided) != steps(shown):
                return Changed(decided)
            past = decided.prev
            try:
                await self._perform(decided, ask, snapshot, sits=not command.anybody)
            except Conflict:
                continue
            if decided.release:
                with suppress(Failed):  # it is done; whoever gives the next command should see what this one did
                    await self._look(past)
            return Done(decided)
        raise Failed(
            "store", f"others wrote first {TRIES} times in a row", f"{command.verb} was not done; give it again"
        )

    async def _perform(self, plan: Plan, ask: CommandRequest, snapshot: Snapshot, sits: bool) -> None:
        commander = snapshot.commander.value
        guard: Write | None = Check(store_keys.owner(store_keys.COMMANDER_LOCK), commander.version)
        taking = any(isinstance(step, TakeCommand) for step in plan.steps)
        if taking:
            guard = await self._seat.take(commander)
        elif self._stays and sits and not commander.name and not duty_of_another(snapshot, ask.by):
            guard = await self._seat.sit()
        if guard is None:
            raise Conflict("commander", "another person took it first")
        if taking:
            await self._tell(plan, ask, guard)
            return
        await perform(self._store, plan, ask, self._clock(), guard)
        for step in plan.steps:
            if isinstance(step, GiveCommand):
                await self._seat.let(commander, step.to)

    async def _tell(self, plan: Plan, ask: CommandRequest, guard: Write) -> None:
        """Record what is done already, however busy the log is."""
        for _ in range(TRIES):
            try:
                await perform(self._store, plan, ask, self._clock(), guard)
                return
            except Conflict:
                snapshot = await self._look(plan.prev)
                if not snapshot.latest:
                    return
                end = snapshot.latest
                plan = structs.replace(plan, release=end.id, number=end.number, prev=snapshot.log.value.digest)
        if (await self._seat.look()).name != ask.by:
            raise Conflict("commander", "another person took it from you at once")
        raise Failed("store", "you have the conn, but it could not be recorded", "say so to the others")


def steps(plan: Plan) -> tuple[str, ...]:
    """The plan's steps in words, as a confirmation and --dry-run show them, and what speaks against them."""
    return (*(step.words for step in plan.steps), *plan.warnings)
