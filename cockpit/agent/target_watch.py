"""Watches the target of a tier, and the announcement of its next build, in the store.

An absent key, an invalid record and an unreachable store all mean "no instruction": they never change a host.
"""

import asyncio
import re

import msgspec

from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import Announced, Target
from cockpit.deploy.text import clean
from cockpit.ports import Failed, Store

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds before a failed store is watched again, doubling."""
_BUILD = re.compile(r"[0-9a-f]{64}|")


def read_target(raw: bytes | None, tier: str) -> tuple[Target | None, str]:
    """Return (the target or None, an error or empty)."""
    if raw is None:
        return None, ""
    try:
        target = msgspec.json.decode(raw, type=Target)
    except (msgspec.MsgspecError, RecursionError) as error:
        return None, f"the target of {tier} is unreadable and was ignored: {clean(str(error))}"
    if target.tier != tier:
        return None, f"the target of {tier} names the tier {clean(target.tier)!r} and was ignored"
    if not all(_BUILD.fullmatch(build) for build in (target.build, target.base)):
        return None, f"the target of {tier} has an invalid build id (an id is 64 hex digits) and was ignored"
    return target, ""


class TargetWatch:
    """The latest target of one tier, and its next build."""

    def __init__(self, store: Store, tier: str) -> None:
        self._store = store
        self._tier = tier
        self._key = store_keys.target(tier)
        self._announcement = store_keys.announced(tier)
        self._announced = ""
        self.target: Target | None = None
        self.error = ""
        """Why there is no target; empty if the store has none."""
        self.changed = asyncio.Event()
        """Set when `target`, `error` or the announced build has changed."""

    async def refresh(self) -> None:
        """Read the target once. Raises `Failed`."""
        entry = await self._store.get(self._key)
        self._set_target(entry.value if entry else None)

    async def follow(self) -> None:
        """Follow the target until cancelled. While the store fails, the last target stands."""
        pause = FIRST_PAUSE
        while True:
            try:
                first = True
                # one watch for both keys: each watch costs the store one query for each host at each change
                async for entries in self._store.watch(self._key):
                    pause = FIRST_PAUSE
                    # a watch is by prefix: `targets/canary` also reports `targets/canary2`
                    values = {entry.key: entry.value for entry in entries}
                    if first or self._key in values:
                        self._set_target(values.get(self._key))
                    # the announcement is optional: without it a host pulls when its target changes
                    if first or self._announcement in values:
                        self._set_announced(values.get(self._announcement))
                    first = False
            except Failed as error:
                self._set_error(str(error))
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    def expected(self, host: str) -> str:
        """Return the build that `host` will probably run next; empty if unknown."""
        return (self.target.expects(host) if self.target else "") or self._announced

    def _set_announced(self, raw: bytes | None) -> None:
        try:
            build = msgspec.json.decode(raw or b"", type=Announced).build
        except (msgspec.MsgspecError, RecursionError):
            build = ""
        build = build if _BUILD.fullmatch(build) else ""
        if build != self._announced:
            self._announced = build
            self.changed.set()

    def _set_target(self, raw: bytes | None) -> None:
        target, problem = read_target(raw, self._tier)
        if target != self.target:
            self.target = target
            self.changed.set()
        self._set_error(problem)

    def _set_error(self, problem: str) -> None:
        if problem != self.error:
            self.error = problem
            self.changed.set()
