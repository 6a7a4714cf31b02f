"""The commander's signs of life, kept in the store beside the lock: who was commander last, when, and how it ended.

The lock cannot tell: Consul forgets when a session ended, and no lock records whether its holder left or was lost.
"""

from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.control.record_reader import read_presence
from cockpit.deploy import store_keys
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.ports import Conflict, Failed, Put, Store, Write


class CommanderHeartbeat:
    """Writes the signs of life of one terminal's commander.

    `clock` gives seconds since the epoch; `sign_at_end` says whether the terminal left or lost its connection.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float], sign_at_end: Callable[[], Sign] = lambda: Sign.LEFT
    ) -> None:
        self._store = store
        self._clock = clock
        self._written_at = 0.0
        self.sign_at_end = sign_at_end

    async def beat(self, person: str, guard: Write, every: float) -> None:
        """Write that the person is present, at most once in `every` seconds. Raises `Failed`."""
        if self._clock() - self._written_at >= every:
            with suppress(Conflict):  # another person is commander now, and writes there
                await self._write(Presence(person, self._clock(), Sign.PRESENT), guard)
                self._written_at = self._clock()

    async def record(self, person: str, sign: Sign, guard: Write) -> None:
        """Write a sign. A failure is ignored: the change of the lock that it describes has already been made."""
        self._written_at = 0.0
        with suppress(Failed):
            await self._write(Presence(person, self._clock(), sign), guard)

    async def without_screen(self, person: str) -> bool:
        """Whether the person became commander in a shell or by a hand-over, so that none of their screens keeps it.

        Raises `Failed`.
        """
        presence, _ = read_presence(await self._store.get(store_keys.PRESENCE))
        return presence is not None and presence.person == person and presence.sign in (Sign.SHELL, Sign.ASSIGNED)

    async def _write(self, presence: Presence, guard: Write) -> None:
        await self._store.commit(Put(store_keys.PRESENCE, msgspec.json.encode(presence)), guard, durable=False)
