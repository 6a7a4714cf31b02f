"""Runs the configured smoke test against the hosts of staging."""

from collections.abc import Sequence

from cockpit.deploy.hosts.status import Status
from cockpit.deploy.text import clean, names, tail
from cockpit.ports import Commands, Failed


class CommandSmoke:
    """Implements `ports.Smoke` by a command, which passes by ending with exit code 0; an empty one always passes.

    It finds the hosts in COCKPIT_HOSTS and their addresses in COCKPIT_URLS, in the same order, separated by spaces.
    `timeout` is in seconds.
    """

    def __init__(self, commands: Commands, command: Sequence[str], timeout: float) -> None:
        self._commands = commands
        self._command = tuple(command)
        self._timeout = timeout

    async def test(self, hosts: Sequence[Status]) -> str:
        """Empty where all is well, else what is wrong."""
        if not self._command:
            return ""
        if not hosts:
            return "there is no host to test"
        # A host writes its own address: one with a space in it would be two.
        lost = tuple(clean(host.host) for host in hosts if len(host.url.split()) != 1)
        if lost:
            return f"no address is known of {names(lost)}"
        env = {
            "COCKPIT_HOSTS": " ".join(host.host for host in hosts),
            "COCKPIT_URLS": " ".join(host.url for host in hosts),
        }
        try:
            outcome = await self._commands.run(self._command, env, None, self._timeout)
        except Failed as error:
            return f"the smoke test did not run: {error}"
        said = " / ".join(tail(outcome.output, 4).splitlines())
        match outcome.code:
            case 0:
                return ""
            case None:
                reason = f"did not end within {self._timeout:g} s"
            case code if code < 0:
                reason = f"was killed by signal {-code}"
            case code:
                reason = f"ended with exit code {code}"
        return f"{reason}: {said}" if said else reason
