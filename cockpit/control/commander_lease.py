"""The commander's seat at this terminal: holds the conn while a person sits here, and lets go of it when they leave.

The person has the conn, the seat only keeps it alive: as long as one of their terminals holds the lock, all of them may
give commands, and when it ends, another of theirs picks it up again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from cockpit.control.commander_heartbeat import CommanderHeartbeat
from cockpit.control.lock_release import release_lock, within_a_moment
from cockpit.control.record_reader import cleaned_holder
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.schedule.rota import same
from cockpit.ports import Conflict, Failed, Lease, Locks, Write, internal_error
from cockpit.rules.commander.lease import may_command

KEPT = 5.0
"""Seconds after which the conn of a commander who was lost is free, where the config does not say."""
LENT = 300.0
"""Seconds for which the conn stays with somebody who took it, or was given it, and has no screen open."""


class LeaseState(Protocol):
    """What a desk asks of a seat, wherever it stands."""

    async def look(self) -> Holder:
        """Who has the conn at this moment."""

    async def sit(self) -> Write | None:
        """Take the conn that nobody has; the guard under which to write, None where another was quicker."""

    async def take(self, seen: Holder) -> Write | None:
        """Take the conn from whom it was `seen` with; the guard, None where it has changed hands since."""

    async def let(self, seen: Holder, to: str) -> None:
        """Give the conn away: to a person, for whom it is kept a while, or to nobody."""


class CommanderLease:
    """One terminal's seat. `ttl` is how many seconds the conn outlives the last sign of life; `attendance` notes it."""

    def __init__(
        self,
        locks: Locks,
        person: str,
        ttl: float = KEPT,
        attendance: CommanderHeartbeat | None = None,
        designated: Callable[[], str | None] = lambda: "",
    ) -> None:
        self._locks = locks
        self._person = person
        self._ttl = ttl
        self._designated = designated
        """Whose slot it is now by the rota: empty for nobody's, None where that is not known yet."""
        self._attendance = attendance
        self._stays = False
        """Whether somebody sits here, rather than gives one command in a shell."""
        self._turn = asyncio.Lock()
        """One thing at a time: what is looked at must not be from before what was done."""
        self._lease: Lease | None = None
        self._mine = False
        """Whether the conn was this person's when last seen: then it is picked up again when it comes free."""

    async def look(self) -> Holder:
        """Who has the conn at this moment."""
        return cleaned_holder(await self._locks.look(store_keys.COMMANDER_LOCK))

    async def sit(self) -> Write | None:
        """Take the conn that nobody has, or keep it; the guard, None where another was quicker."""
        async with self._turn:
            return await self._sit()

    async def take(self, seen: Holder) -> Write | None:
        """Take the conn from whom it was `seen` with; the guard, None where it has changed hands since."""
        async with self._turn:
            self._lease = await self._locks.seize(store_keys.COMMANDER_LOCK, self._person, self._ttl, seen)
            if self._lease and self._attendance:
                sign = Sign.SITTING if self._stays else Sign.SHELL
                await self._attendance.sign(self._person, sign, self._lease.guard)
            return self._sat()

    async def let(self, seen: Holder, to: str) -> None:
        """Give the conn away: to a person, for whom it is kept a while, or to nobody, whom anybody may take it from.

        Raises `Conflict` where it has changed hands since it was `seen`.
        """
        async with self._turn:
            given = await self._locks.seize(store_keys.COMMANDER_LOCK, to, LENT, seen)
            if given is None:
                raise Conflict("commander", "it has changed hands meanwhile", "look who has it")
            if self._attendance:
                sign = Sign.GIVEN if to else Sign.LEFT
                await self._attendance.sign(to or self._person, sign, given.guard)
            self._mine = False
            lease, self._lease = self._lease, None
            if lease:
                await release_lock(lease)

    async def keep(self, changes: Callable[[], AsyncIterator[object]], error: Callable[[str], None]) -> None:
        """Sit down if nobody has the conn, and keep it from then on, until cancelled; then let go of it.

        In another's slot nobody sits down by merely being there. `changes` gives something when the conn changes hands
        and a few times in `ttl`. What goes wrong is told, and tried again.
        """
        self._mine = self._stays = True  # whoever comes to a conn that nobody has, has it
        try:
            while True:
                try:
                    async for _ in changes():
                        async with self._turn:
                            await self._check()
                        error("")
                    return
                except Failed as failed:
                    error(str(failed))
                except Exception as broken:  # a fault of ours: the conn lapses, and is picked up again
                    error(internal_error(broken))
                await asyncio.sleep(self._ttl / 5)
        finally:
            if self._lease:
                await self._leave(self._lease)

    async def _leave(self, lease: Lease) -> None:
        """Say so, and give the conn back: tried, and never in the way of leaving."""
        if self._attendance:
            await within_a_moment(self._attendance.sign(self._person, self._attendance.ending(), lease.guard))
        await release_lock(lease)

    async def _check(self) -> None:
        if self._lease and await self._lease.renew():
            if self._attendance:
                await self._attendance.alive(self._person, self._lease.guard, self._ttl)
            return
        self._lease = None
        seen = await self.look()
        if seen.name == self._person:
            self._mine = True  # from another terminal, or lent by the commander before
            if self._attendance and await self._attendance.lent(self._person):
                self._lease = await self._locks.seize(store_keys.COMMANDER_LOCK, self._person, self._ttl, seen)
                await self._sign_in()
        elif seen.name or seen.since:
            self._mine = False  # another person's, or given to nobody on purpose: taken again only when asked for
        elif self._comes_by_default():
            await self._sit()

    def _comes_by_default(self) -> bool:
        """Whether this person has the conn that nobody has: in their own slot, and in nobody's if they sat here first.
        In another's slot it is taken with a reason, and never by merely being there."""
        theirs = self._designated()
        if theirs == "":
            return self._mine
        return theirs is not None and same(theirs, self._person)

    async def _sign_in(self) -> None:
        if self._lease and self._attendance and self._stays:
            await self._attendance.sign(self._person, Sign.SITTING, self._lease.guard)

    async def _sit(self) -> Write | None:
        if self._lease is None:
            seen = await self.look()
            if may_command(seen, self._person):
                self._lease = await self._locks.seize(store_keys.COMMANDER_LOCK, self._person, self._ttl, seen)
                await self._sign_in()
        return self._sat()

    def _sat(self) -> Write | None:
        self._mine = self._lease is not None
        return self._lease.guard if self._lease else None
