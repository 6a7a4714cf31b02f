"""What the tier is told to run, and what it will be, followed in the store.

Whatever is not a target is "no instruction": an absent key, a broken record and a store that cannot be reached never
move or stop anything on a host.
"""

import asyncio
import re

import msgspec

from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Announced, Target
from cockpit.deploy.text import clean
from cockpit.ports import Failed, Store

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds before a store that failed is asked again, doubling."""
_BUILD = re.compile(r"[0-9a-f]{64}|")


def read_target(raw: bytes | None, tier: str) -> tuple[Target | None, str]:
    """The target, or None and what is wrong with the record; the latter is empty where there is none."""
    if raw is None:
        return None, ""
    try:
        target = msgspec.json.decode(raw, type=Target)
    except (msgspec.MsgspecError, RecursionError) as error:
        return None, f"the target of {tier} is unreadable and not obeyed: {clean(str(error))}"
    if target.tier != tier:
        return None, f"the target of {tier} names the tier {clean(target.tier)!r} and is not obeyed"
    if not all(_BUILD.fullmatch(build) for build in (target.build, target.base)):
        return None, f"the target of {tier} names no build (an id is 64 hex digits) and is not obeyed"
    return target, ""


class TargetWatch:
    """The latest target of one tier."""

    def __init__(self, store: Store, tier: str) -> None:
        self._store = store
        self._tier = tier
        self._key = store_keys.target(tier)
        self._announcement = store_keys.announced(tier)
        self._announced = ""
        self.target: Target | None = None
        self.error = ""
        """Why there is no target, where there should be one."""
        self.news = asyncio.Event()
        """Set whenever `target` or `trouble` changed."""

    async def look(self) -> None:
        """Read it once. Raises `Failed`."""
        entry = await self._store.get(self._key)
        self._hear(entry.value if entry else None)

    async def follow(self) -> None:
        """Keep it up to date for ever, also through failures of the store, during which the last one stands."""
        pause = FIRST_PAUSE
        while True:
            try:
                first = True
                # one watch for both, since each costs the store a query of every host at every change
                async for entries in self._store.watch(self._key):
                    pause = FIRST_PAUSE
                    # it is by prefix: `targets/canary` also hears of `targets/canary2`
                    told = {entry.key: entry.value for entry in entries}
                    if first or self._key in told:
                        self._hear(told.get(self._key))
                    # an announcement is a convenience: without it a host pulls when it is asked to
                    if first or self._announcement in told:
                        self._hear_announced(told.get(self._announcement))
                    first = False
            except Failed as error:
                self._say(str(error))
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    def expected(self, host: str) -> str:
        """The build that `host` may be asked to run next; empty for none."""
        return (self.target.expects(host) if self.target else "") or self._announced

    def _hear_announced(self, raw: bytes | None) -> None:
        try:
            build = msgspec.json.decode(raw or b"", type=Announced).build
        except (msgspec.MsgspecError, RecursionError):
            build = ""
        build = build if _BUILD.fullmatch(build) else ""
        if build != self._announced:
            self._announced = build
            self.news.set()

    def _hear(self, raw: bytes | None) -> None:
        target, problem = read_target(raw, self._tier)
        if target != self.target:
            self.target = target
            self.news.set()
        self._say(problem)

    def _say(self, problem: str) -> None:
        if problem != self.error:
            self.error = problem
            self.news.set()
