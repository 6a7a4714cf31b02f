"""The turn of one host to leave its load balancer, asked for in the store; `deploy.hosts.turns` decides.

The host writes its own key alone and reads those of the others, so nothing that it does or leaves undone changes
the order.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from cockpit.agent.settings import HostSettings
from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Status, Target
from cockpit.deploy.hosts.turns import (
    Leave,
    Place,
    Turn,
    TurnRules,
    TurnSighting,
    Wait,
    in_order,
    is_over,
    may_leave,
)
from cockpit.deploy.text import clean, duration
from cockpit.ports import Delete, Entry, Failed, Put, Store

PAUSES, NEXT_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.0), (0.1, 0.2)
"""Seconds between two times that a host asks; the second if it is among the next to leave."""
GRANTED_FOR = 2.0
"""Seconds for which an answer is used."""
TURNS_PER_SECOND = 200
"""Turns that a waiting host lists in a second: it lists a tier in which 1,000 hosts wait every five seconds."""
LONGEST_LIST_PAUSE = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds before a turn that could not be removed is removed again, doubling."""
MAX_LOOKS = 16
"""Statuses read each time that the host asks. It stops at the first host that is on its way."""
MAX_RENEWALS = 3
"""How often a host goes to the end of the order for one target because it could not ask for a while."""
_NEVER = float("-inf")


class Turns:
    """The turn of one host."""

    def __init__(self, store: Store, settings: HostSettings, clock: Callable[[], float]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._key = store_keys.turn(settings.tier, settings.host)
        self._serial = 0
        """The serial of the target for which this agent has written its turn; 0 for none."""
        self._written: bool | None = None
        """Whether the key exists; None if another agent of this host may have written it."""
        self._places: tuple[Place, ...] = ()
        self._seen: dict[Place, TurnSighting] = {}
        self._looked: dict[Place, float] = {}
        self._listed = self._asked = self._granted = _NEVER
        """When the host listed the turns, asked, and was allowed to leave, in monotonic seconds."""
        self._renewals = 0

        self.pauses: tuple[float, ...] = PAUSES
        """Seconds to wait before the host asks again."""
        self.changed = False
        """Whether the last answer differs from the one before by more than an age."""
        self._reason = ""
        self._lock = asyncio.Lock()
        """Held while the key is written or removed."""
        self._unneeded = asyncio.Event()
        """Set once the turn should be removed."""

    @property
    def granted(self) -> bool:
        """Whether the host may leave its load balancer now."""
        return _monotonic() - self._granted < GRANTED_FOR

    async def ask(self, target: Target) -> str:
        """Return for whom the host waits; empty if it may leave now. Raises `Failed`."""
        async with self._lock:
            self._unneeded.clear()
            await self._write(target)
        await self._list()
        rules = TurnRules(
            most_out=target.max_unavailable,
            deadline=self._settings.config.turn_most,
            silent_after=self._settings.silent_after,
            rollback=target.rollback,
        )
        decision = await self._decide(rules)
        self._asked = _monotonic()
        if isinstance(decision, Leave):
            self._granted = self._asked
            return ""
        self.pauses = NEXT_PAUSES if decision.more < target.max_unavailable else PAUSES
        return self._text(decision)

    def finish(self) -> None:
        """Have the turn removed, if there is one: the host is in its load balancer and need not leave it.

        Until then the host's status says the same.
        """
        self._serial, self._granted = 0, _NEVER
        if self._written is not False:
            self._unneeded.set()

    async def run(self, out_for: int = 0) -> None:
        """Remove the turn when it is not needed, until cancelled.

        `out_for` is the serial of the target for which the host is out already; 0 if it is in its load balancer. Such
        a host has a turn, unless its agent was one that wrote none.
        """
        if out_for:
            with suppress(Failed):
                await self._store.commit(self._put(out_for, expect=0))
        pause = FIRST_PAUSE
        while True:
            await self._unneeded.wait()
            try:
                await self._remove()
                pause = FIRST_PAUSE
            except Failed:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)

    async def close(self) -> None:
        """Remove the turn now, if it is not needed and the store can be reached."""
        with suppress(Failed):
            await self._remove()

    async def _remove(self) -> None:
        async with self._lock:
            if not self._unneeded.is_set():
                return
            entry = await self._store.get(self._key)
            if entry is not None:
                await self._store.commit(Delete(self._key, entry.version))
            self._written = False
            self._unneeded.clear()

    def _put(self, serial: int, expect: int | None = None) -> Put:
        return Put(self._key, msgspec.json.encode(Turn(serial, self._clock())), expect)

    async def _write(self, target: Target) -> None:
        """Write the turn if there is none for this target.

        A turn that an earlier agent of this host left may have been passed over, so a new one replaces it, at the end
        of the order. The same if this agent could not ask for a while, a few times: if the store is slow, a host must
        not go to the end of the order for ever.
        """
        absent = _monotonic() - self._asked > self._settings.silent_after and self._renewals < MAX_RENEWALS
        if self._serial == target.serial and not absent:
            return
        self._renewals = self._renewals + 1 if self._serial == target.serial else 0
        self._written = None
        await self._store.commit(self._put(target.serial))
        self._serial, self._written, self._asked = target.serial, True, _monotonic()
        self._seen, self._looked, self._listed = {}, {}, _NEVER

    async def _list(self) -> None:
        now = _monotonic()
        if now - self._listed < min(LONGEST_LIST_PAUSE, len(self._places) / TURNS_PER_SECOND):
            return
        prefix = store_keys.turn(self._settings.tier, "")
        self._places = in_order(_place(entry, prefix) for entry in await self._store.list(prefix))
        self._listed = now
        self._seen = {place: self._seen[place] for place in self._places if place in self._seen}
        self._looked = {place: self._looked[place] for place in self._places if place in self._looked}
        if all(place.host != self._settings.host for place in self._places):
            self._serial = 0  # the key was lost with the store: write it again

    async def _decide(self, rules: TurnRules) -> Leave | Wait:
        """Decide, and look at the hosts before this one until one of them is on its way."""
        began = _monotonic()
        for _ in range(MAX_LOOKS):
            now = _monotonic()
            decision = may_leave(self._places, self._settings.host, rules, self._seen, now, self._clock())
            if isinstance(decision, Leave) or not decision.after:
                return decision
            for place in decision.after:
                self._seen.setdefault(place, TurnSighting(now))
            place = min(decision.after, key=lambda one: self._looked.get(one, _NEVER))
            if self._looked.get(place, _NEVER) >= began:
                return decision
            self._looked[place] = now
            seen = self._seen[place] = replace(self._seen[place], status=await self._status(place.host))
            if not is_over(place, seen, rules, _monotonic(), self._clock()):
                break
        return may_leave(self._places, self._settings.host, rules, self._seen, _monotonic(), self._clock())

    async def _status(self, host: str) -> Status | None:
        entry = await self._store.get(store_keys.status(self._settings.tier, host))
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return msgspec.json.decode(entry.value or b"", type=Status) if entry else None
        return None

    def _text(self, wait: Wait) -> str:
        if not wait.after:
            return "waits for its turn"
        first = wait.after[0]
        seen = self._seen.get(first)
        status = seen.status if seen else None
        state = status.state.value if status else "no status"
        age = f", {duration(self._clock() - status.since)}" if status else ""
        others = len(wait.after) - 1 + wait.more
        more = f" and {others:,} more" if others else ""
        reason = f"{first.host} {state}{more}"
        self.changed, self._reason = reason != self._reason, reason
        return f"waits for its turn: after {clean(first.host)} ({state}{age}){more}"


def _place(entry: Entry, prefix: str) -> Place:
    try:
        turn = msgspec.json.decode(entry.value or b"", type=Turn)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        turn = Turn(0, 0.0)
    return Place(entry.key.removeprefix(prefix), entry.version, turn)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
