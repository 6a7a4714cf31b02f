"""Dispatches commands: decides on the current snapshot, performs the plan, and decides again after a conflict."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from msgspec import structs

from cockpit.control.command_table import Command
from cockpit.control.commander_lease import LeaseHandle
from cockpit.control.perform import perform, transaction
from cockpit.deploy import store_keys
from cockpit.deploy.plan import CommandRequest, GiveCommand, Plan, Refusal, TakeCommand
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Check, Conflict, Failed, Store, Write
from cockpit.rules.commander.duty import duty_of_another

Look = Callable[[str], Awaitable[Snapshot]]
"""Returns the current snapshot. Given the digest of an event, it waits briefly for a snapshot with a later event."""

TRIES = 6


@dataclass(frozen=True)
class Done:
    """The plan was carried out."""

    plan: Plan


@dataclass(frozen=True)
class Changed:
    """Nothing was done: the plan is no longer the one that the person confirmed."""

    plan: Plan


class Dispatcher:
    """Dispatches commands for people and automation alike.

    Each write is one transaction with a check on the commander's lock: it fails if the commander has changed since.
    """

    def __init__(
        self, store: Store, look: Look, clock: Callable[[], float], lease: LeaseHandle, interactive: bool = False
    ) -> None:
        self._store = store
        self._look = look
        self._clock = clock
        self._lease = lease
        self._interactive = interactive
        """Whether this is a screen: then a command makes its person commander if there is none."""

    async def preview(self, command: Command, request: CommandRequest) -> Plan | Refusal:
        """Decide, and change nothing."""
        return command.decide(await self._look(""), request)

    async def dispatch(
        self, command: Command, request: CommandRequest, shown: Plan | None = None
    ) -> Done | Changed | Refusal:
        """Decide and perform. With `shown`, the plan a person confirmed, only if it still has the same steps.

        Raises `Failed` if the store does not answer, or if other writers are first again and again.
        """
        outcome = await self._decide_and_perform(command, request, shown)
        if not self._interactive:
            await self._extend(request.by)
        return outcome

    async def _decide_and_perform(
        self, command: Command, request: CommandRequest, shown: Plan | None
    ) -> Done | Changed | Refusal:
        digest = ""
        for _ in range(TRIES):
            snapshot = await self._look(digest)
            # The snapshot may be a moment old, but the commander must be read now.
            snapshot = replace(snapshot, commander=Seen(await self._lease.look(), self._clock()))
            request = structs.replace(request, asked_at=request.asked_at or snapshot.now)
            decided = command.decide(snapshot, request)
            if isinstance(decided, Refusal):
                return decided
            if shown is not None and steps(decided) != steps(shown):
                return Changed(decided)
            digest = decided.prev
            try:
                await self._perform(decided, request, snapshot, takes_lease=not command.open_to_all)
            except Conflict:
                continue
            if decided.release:
                with suppress(Failed):  # it is done; the next command should see its events
                    await self._look(digest)
            return Done(decided)
        raise Failed(
            "store", f"other writers were first {TRIES} times in a row", f"{command.verb} was not done; repeat it"
        )

    async def _perform(self, plan: Plan, request: CommandRequest, snapshot: Snapshot, takes_lease: bool) -> None:
        commander = snapshot.commander.value
        guard: Write | None = Check(store_keys.owner(store_keys.COMMANDER_LOCK), commander.version)
        if given := next((step for step in plan.steps if isinstance(step, GiveCommand)), None):
            made = await transaction(self._store, plan, request, self._clock())
            await self._lease.hand_over(commander, given.to, *made)
            return
        takes_over = any(isinstance(step, TakeCommand) for step in plan.steps)
        if takes_over:
            guard = await self._lease.take_over(commander)
        elif self._interactive and takes_lease and not commander.name and not duty_of_another(snapshot, request.by):
            guard = await self._lease.acquire()
        if guard is None:
            raise Conflict("commander", "another person became commander first")
        if takes_over:
            await self._record_take_over(plan, request, guard)
            return
        await perform(self._store, plan, request, self._clock(), guard)

    async def _extend(self, person: str) -> None:
        """Extend the lease of a commander without a screen, even after a refusal: it shows that they are present."""
        with suppress(Failed):  # the command is done; the next one extends it again
            commander = await self._lease.look()
            if commander.name == person:
                await self._lease.extend(commander)

    async def _record_take_over(self, plan: Plan, request: CommandRequest, guard: Write) -> None:
        """Record the take-over, which has already happened; retry if the log has moved on."""
        for _ in range(TRIES):
            try:
                await perform(self._store, plan, request, self._clock(), guard)
                return
            except Conflict:
                snapshot = await self._look(plan.prev)
                if not snapshot.latest:
                    return
                release = snapshot.latest
                plan = structs.replace(
                    plan, release=release.id, number=release.last_number, prev=snapshot.log.value.digest
                )
        if (await self._lease.look()).name != request.by:
            raise Conflict("commander", "another person took over from you at once")
        raise Failed("store", "you are commander, but that could not be recorded", "tell the others")


def steps(plan: Plan) -> tuple[str, ...]:
    """The plan's steps and objections in words, as a confirmation and --dry-run show them."""
    return (*(step.summary for step in plan.steps), *plan.warnings)
