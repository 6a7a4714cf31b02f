"""Signs of life of the commander, kept in the store beside the conn's lock: who sat there last, when, and how it ended.

The lock alone cannot tell: Consul forgets when a session ended, and neither kind says whether its holder left or was
lost.
"""

from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.control.record_reader import read_presence
from cockpit.deploy import store_keys
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.ports import Conflict, Failed, Put, Store, Write


class CommanderHeartbeat:
    """Where one terminal writes its commander's signs of life; `clock` gives seconds since the epoch, and `ending` what
    is said when this terminal ends: that somebody left, or that their line broke."""

    def __init__(
        self, store: Store, clock: Callable[[], float], ending: Callable[[], Sign] = lambda: Sign.LEFT
    ) -> None:
        self._store = store
        self._clock = clock
        self._signed = 0.0
        self.ending = ending

    async def alive(self, person: str, guard: Write, every: float) -> None:
        """Say that they sit there, unless that was said within `every` seconds. Raises `Failed`."""
        if self._clock() - self._signed >= every:
            with suppress(Conflict):  # the conn is another's by now: they write there
                await self._write(Presence(person, self._clock(), Sign.SITTING), guard)
                self._signed = self._clock()

    async def sign(self, person: str, sign: Sign, guard: Write) -> None:
        """Say what became of them, if the store can be written; what was done about the conn stands all the same."""
        self._signed = 0.0
        with suppress(Failed):
            await self._write(Presence(person, self._clock(), sign), guard)

    async def lent(self, person: str) -> bool:
        """Whether they have the conn and no screen of theirs keeps it: they took it in a shell, or were given it.

        Raises `Failed`."""
        seen, _ = read_presence(await self._store.get(store_keys.PRESENCE))
        return seen is not None and seen.person == person and seen.sign in (Sign.SHELL, Sign.GIVEN)

    async def _write(self, seen: Presence, guard: Write) -> None:
        await self._store.commit(Put(store_keys.PRESENCE, msgspec.json.encode(seen)), guard, durable=False)
