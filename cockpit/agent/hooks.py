"""Runs a host's hooks: the commands that control its application and its load balancer.

Each hook has a deadline. Exit 75 (EX_TEMPFAIL) means "not yet": the hook is run again instead of waiting itself.
"""

import asyncio
from collections.abc import Mapping

from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.deploy.text import duration, tail
from cockpit.ports import Commands, Failed

NOT_YET = 75
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between two runs of a hook that exits with 75, doubling."""

Environment = Mapping[str, str]


def hook_environment(settings: HostSettings, build: str, slot: str) -> Environment:
    """Return the environment of a hook; `build` and `slot` (an absolute path) are the hot ones as it starts."""
    return {
        "COCKPIT_HOST": settings.host,
        "COCKPIT_TIER": settings.tier,
        "COCKPIT_URL": settings.url,
        "COCKPIT_FOLDER": str(settings.folder.absolute()),
        "COCKPIT_BUILD": build,
        "COCKPIT_SLOT": slot,
    }


class Hooks:
    """The hooks of one host. Every method raises `Failed` with the end of the hook's output."""

    def __init__(self, config: AgentConfig, commands: Commands) -> None:
        self._config = config
        self._commands = commands

    async def drain(self, env: Environment) -> str:
        """Leave the load balancer and wait for requests in flight. Returns a note if some remain at the deadline."""
        config = self._config
        if config.drain:
            await self._until_done("drain", config.drain, env, config.timeout)
            await asyncio.sleep(config.drain_least)
        if config.inflight and not await self._done_within(config.inflight, env, config.drain_most, "inflight"):
            return f"requests were still in flight after {duration(config.drain_most)}"
        return ""

    async def warm(self, env: Environment) -> None:
        """Reload the application on the hot build and wait until it is healthy."""
        config = self._config
        await self._until_done("reload", config.reload, env, config.timeout)
        await self._until_done("health", config.health, env, config.health_most)

    async def undrain(self, env: Environment) -> None:
        """Return to the load balancer."""
        await self._until_done("undrain", self._config.undrain, env, self._config.timeout)

    async def _until_done(self, name: str, argv: tuple[str, ...], env: Environment, limit: float) -> None:
        if argv and not await self._done_within(argv, env, limit, name):
            raise Failed(f"hook {name}", f"not done after {duration(limit)}", "find out why it exits with 75")

    async def _done_within(self, argv: tuple[str, ...], env: Environment, limit: float, name: str) -> bool:
        """Run the hook until it is done; False if it still exits with 75 at the deadline."""
        now = asyncio.get_running_loop().time
        deadline = now() + limit
        timeout = min(self._config.timeout, limit)
        pause = FIRST_PAUSE
        while True:
            outcome = await self._commands.run(argv, env, None, timeout)
            if outcome.code == 0:
                return True
            output = tail(outcome.output) or "no output"
            if outcome.code is None:
                raise Failed(f"hook {name}", f"did not end within {timeout:.3g} s: {output}")
            if outcome.code != NOT_YET:
                raise Failed(f"hook {name}", f"exit {outcome.code}: {output}")
            if now() + pause >= deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)
