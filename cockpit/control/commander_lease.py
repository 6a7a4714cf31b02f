"""The commander lease of one terminal: keeps its person commander while a screen is open, and releases the lock after.

The lock is held by a person, not by a terminal. While one of their terminals keeps it, all of them may give commands.
If that terminal ends, another one of theirs takes the lock again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from cockpit.control.commander_heartbeat import CommanderHeartbeat
from cockpit.control.lock_release import release_lock, try_on_exit
from cockpit.control.record_reader import cleaned_holder
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.schedule.rota import is_same_person
from cockpit.ports import Conflict, Failed, Lease, Locks, Write, internal_error
from cockpit.rules.commander.lease import may_command

SCREEN_TTL = 5.0
"""Seconds after which the lock of a lost commander is free, unless the config sets another time."""
SHELL_TTL = 300.0
"""Seconds that a person without a screen stays commander after a take-over, a hand-over or their last command."""


class LeaseHandle(Protocol):
    """What the dispatcher needs of a commander lease. The lease may live in another thread."""

    async def look(self) -> Holder:
        """The present commander."""

    async def acquire(self) -> Write | None:
        """Become commander if there is none; the guard to write under, None if another person was quicker."""

    async def take_over(self, seen: Holder) -> Write | None:
        """Take over from the commander `seen`; the guard, None if the commander has changed since."""

    async def hand_over(self, seen: Holder, to: str, *writes: Write) -> None:
        """Make the person `to` commander, or leave the place free if it is empty, in one transaction with `writes`."""

    async def extend(self, seen: Holder) -> None:
        """Extend the lease of this person, who was `seen` as the commander, unless a screen keeps it."""


class CommanderLease:
    """The lease of one terminal. `ttl` is how many seconds the lock outlives the last renewal."""

    def __init__(
        self,
        locks: Locks,
        person: str,
        ttl: float = SCREEN_TTL,
        heartbeat: CommanderHeartbeat | None = None,
        person_on_duty: Callable[[], str | None] = lambda: "",
    ) -> None:
        self._locks = locks
        self._person = person
        self._ttl = ttl
        self._heartbeat = heartbeat
        self._person_on_duty = person_on_duty
        """The person whose slot it is by the rota; empty for none, None if the rota is not known yet."""
        self._has_screen = False
        """False for a single command in a shell."""
        self._turn = asyncio.Lock()
        """Serialises the operations: a read must not be older than the last change."""
        self._lease: Lease | None = None
        self._is_mine = False
        """Whether this person was commander when last seen: the lock is then taken again when it is free."""

    async def look(self) -> Holder:
        """The present commander."""
        return cleaned_holder(await self._locks.look(store_keys.COMMANDER_LOCK))

    async def acquire(self) -> Write | None:
        """Become commander if there is none, or stay it; the guard, None if another person was quicker."""
        async with self._turn:
            return await self._acquire()

    async def take_over(self, seen: Holder) -> Write | None:
        """Take over from the commander `seen`; the guard, None if the commander has changed since."""
        async with self._turn:
            self._lease = await self._locks.seize(store_keys.COMMANDER_LOCK, self._person, self._ttl, seen)
            if self._lease and self._heartbeat:
                sign = Sign.PRESENT if self._has_screen else Sign.SHELL
                await self._heartbeat.record(self._person, sign, self._lease.guard)
            return self._guard()

    async def hand_over(self, seen: Holder, to: str, *writes: Write) -> None:
        """Make the person `to` commander for `SHELL_TTL`, or leave the place free if it is empty.

        `writes`, the record of it, are part of the same transaction. Raises `Conflict` if the commander has changed
        since `seen` or another writer was first; nothing was done then.
        """
        async with self._turn:
            given = await self._locks.seize(store_keys.COMMANDER_LOCK, to, SHELL_TTL, seen, *writes)
            if given is None:
                reason = "another person is commander by now, or another writer was first"
                raise Conflict("commander", reason, "run `cockpit status`")
            if self._heartbeat:
                sign = Sign.ASSIGNED if to else Sign.LEFT
                await self._heartbeat.record(to or self._person, sign, given.guard)
            self._is_mine = False
            lease, self._lease = self._lease, None
            if lease:
                await release_lock(lease)

    async def extend(self, seen: Holder) -> None:
        """Extend the lease of this person to `SHELL_TTL` from now, unless a screen keeps it.

        The lease of an open screen is left alone: it must end soon after the screen. Raises `Failed`.
        """
        async with self._turn:
            if self._heartbeat is None or await self._heartbeat.without_screen(self._person):
                await self._locks.extend(store_keys.COMMANDER_LOCK, seen, SHELL_TTL)

    async def keep(self, changes: Callable[[], AsyncIterator[object]], error: Callable[[str], None]) -> None:
        """Become commander if there is none, and stay it until cancelled; then release the lock.

        In another person's slot an open screen is not enough to become commander. `changes` yields when the lock
        changes hands, and a few times in `ttl`. Errors go to `error`, and are retried.
        """
        self._is_mine = self._has_screen = True
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
                except Exception as bug:  # the lock expires, and is taken again
                    error(internal_error(bug))
                await asyncio.sleep(self._ttl / 5)
        finally:
            if self._lease:
                await self._leave(self._lease)

    async def _leave(self, lease: Lease) -> None:
        """Record the end of the screen and release the lock, if the store answers."""
        if self._heartbeat:
            await try_on_exit(self._heartbeat.record(self._person, self._heartbeat.sign_at_end(), lease.guard))
        await release_lock(lease)

    async def _check(self) -> None:
        if self._lease and await self._lease.renew():
            if self._heartbeat:
                await self._heartbeat.beat(self._person, self._lease.guard, self._ttl)
            return
        self._lease = None
        seen = await self.look()
        if seen.name == self._person:
            self._is_mine = True  # held by another terminal, or given by the previous commander
            if self._heartbeat and await self._heartbeat.without_screen(self._person):
                self._lease = await self._locks.seize(store_keys.COMMANDER_LOCK, self._person, self._ttl, seen)
                await self._record_present()
        elif seen.name or seen.since:
            self._is_mine = False  # another person's, or freed on purpose: taken again only by a command
        elif self._comes_by_default():
            await self._acquire()

    def _comes_by_default(self) -> bool:
        """Whether this screen makes its person commander if there is none.

        It does in their own slot, and outside all slots if they were commander before. In another person's slot they
        must take over, with a reason.
        """
        person = self._person_on_duty()
        if person == "":
            return self._is_mine
        return person is not None and is_same_person(person, self._person)

    async def _record_present(self) -> None:
        if self._lease and self._heartbeat and self._has_screen:
            await self._heartbeat.record(self._person, Sign.PRESENT, self._lease.guard)

    async def _acquire(self) -> Write | None:
        if self._lease is None:
            seen = await self.look()
            if may_command(seen, self._person):
                self._lease = await self._locks.seize(store_keys.COMMANDER_LOCK, self._person, self._ttl, seen)
                await self._record_present()
        return self._guard()

    def _guard(self) -> Write | None:
        self._is_mine = self._lease is not None
        return self._lease.guard if self._lease else None
