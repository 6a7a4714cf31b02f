"""Runs the configured smoke test on the hosts of staging."""

from collections.abc import Sequence

from cockpit.deploy.hosts.status import Status
from cockpit.deploy.text import clean, names, tail
from cockpit.ports import Commands, Failed


class CommandSmoke:
    """`ports.Smoke` by a command, which passes with exit code 0; without a command the test always passes.

    The command gets the hosts in COCKPIT_HOSTS and their URLs in COCKPIT_URLS, in the same order, separated by spaces.
    `timeout` is in seconds.
    """

    def __init__(self, commands: Commands, command: Sequence[str], timeout: float) -> None:
        self._commands = commands
        self._command = tuple(command)
        self._timeout = timeout

    async def test(self, hosts: Sequence[Status]) -> str:
        """Run the test: empty if it passes, else the reason."""
        if not self._command:
            return ""
        if not hosts:
            return "there is no host to test"
        # A host reports its own URL: one with a space in it would become two.
        without_url = tuple(clean(host.host) for host in hosts if len(host.url.split()) != 1)
        if without_url:
            return f"no valid URL for {names(without_url)}"
        env = {
            "COCKPIT_HOSTS": " ".join(host.host for host in hosts),
            "COCKPIT_URLS": " ".join(host.url for host in hosts),
        }
        try:
            outcome = await self._commands.run(self._command, env, None, self._timeout)
        except Failed as error:
            return f"the smoke test did not run: {error}"
        output = " / ".join(tail(outcome.output, 4).splitlines())
        match outcome.code:
            case 0:
                return ""
            case None:
                reason = f"did not end within {self._timeout:g} s"
            case code if code < 0:
                reason = f"was killed by signal {-code}"
            case code:
                reason = f"ended with exit code {code}"
        return f"{reason}: {output}" if output else reason
