"""The commands that touch the application and the load balancer.

What they are is the host's business; that they end is ours: each has a deadline, and 75 (EX_TEMPFAIL) lets one say
"not yet" instead of waiting itself.
"""

import asyncio
from collections.abc import Mapping

from cockpit.agent.settings import HookSettings
from cockpit.deploy.text import duration, tail
from cockpit.ports import Commands, Failed

NOT_YET = 75
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between asking a hook that is not yet done, doubling: most are done soon, the others need no hammering."""

Environment = Mapping[str, str]


class Hooks:
    """Runs them. Every method raises `Failed` with the end of the output."""

    def __init__(self, settings: HookSettings, commands: Commands) -> None:
        self._settings = settings
        self._commands = commands

    async def drain(self, env: Environment) -> str:
        """Out of the load balancer, and until no request is in flight; what to know where some still are."""
        hooks = self._settings
        if hooks.drain:
            await self._until_done("drain", hooks.drain, env, hooks.timeout)
            await asyncio.sleep(hooks.drain_least)
        if hooks.inflight and not await self._done_within(hooks.inflight, env, hooks.drain_most, "inflight"):
            return f"requests were in flight still after {duration(hooks.drain_most)}"
        return ""

    async def warm(self, env: Environment) -> None:
        """Onto the hot build, and until it is well."""
        hooks = self._settings
        await self._until_done("reload", hooks.reload, env, hooks.timeout)
        await self._until_done("health", hooks.health, env, hooks.health_most)

    async def undrain(self, env: Environment) -> None:
        """Back into the load balancer."""
        await self._until_done("undrain", self._settings.undrain, env, self._settings.timeout)

    async def _until_done(self, name: str, argv: tuple[str, ...], env: Environment, most: float) -> None:
        if argv and not await self._done_within(argv, env, most, name):
            raise Failed(f"hook {name}", f"was not done after {duration(most)}", "see why it keeps saying 75")

    async def _done_within(self, argv: tuple[str, ...], env: Environment, most: float, name: str) -> bool:
        """Ask until done; False where it said "not yet" to the last."""
        now = asyncio.get_running_loop().time
        deadline = now() + most
        timeout = min(self._settings.timeout, most)
        pause = FIRST_PAUSE
        while True:
            outcome = await self._commands.run(argv, env, None, timeout)
            if outcome.code == 0:
                return True
            said = tail(outcome.output) or "it said nothing"
            if outcome.code is None:
                raise Failed(f"hook {name}", f"did not end within {timeout:.3g} s: {said}")
            if outcome.code != NOT_YET:
                raise Failed(f"hook {name}", f"exit {outcome.code}: {said}")
            if now() + pause >= deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)
