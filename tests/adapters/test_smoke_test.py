"""The smoke test is a command; its output is the reason of a failure."""

import pytest

from cockpit.adapters.command_runner import LocalCommands
from cockpit.adapters.smoke_test import CommandSmoke
from cockpit.deploy.hosts.status import HostState, Status


def host(name: str, url: str | None = None) -> Status:
    return Status(name, "staging", HostState.SERVING, 0.0, 0.0, url=f"http://{name}:1" if url is None else url)


def smoke(line: str, timeout: float = 10) -> CommandSmoke:
    return CommandSmoke(LocalCommands(), ("sh", "-c", line), timeout)


async def test_exit_code_0_passes() -> None:
    assert await smoke("echo fine").test([host("one")]) == ""


async def test_the_command_gets_hosts_and_urls() -> None:
    check = '[ "$COCKPIT_HOSTS" = "one two" ] && [ "$COCKPIT_URLS" = "http://one:1 http://two:1" ]'
    assert await smoke(check).test([host("one"), host("two")]) == ""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("echo /cart says 500; exit 3", "ended with exit code 3: /cart says 500"),
        ("exit 1", "ended with exit code 1"),
        ("printf 'a\\n\\033[31mb\\n'; exit 1", "ended with exit code 1: a / b"),
        ("kill -9 $$", "was killed by signal 9"),
    ],
)
async def test_a_failure_has_its_reason_on_one_clean_line(line: str, reason: str) -> None:
    assert await smoke(line).test([host("one")]) == reason


async def test_a_test_that_hangs_is_stopped() -> None:
    assert await smoke("echo asking; sleep 60", timeout=0.2).test([host("one")]) == "did not end within 0.2 s: asking"


async def test_a_missing_program_fails_the_test() -> None:
    found = await CommandSmoke(LocalCommands(), ("no-such-smoke",), 5).test([host("one")])
    assert "no-such-smoke was not found" in found


async def test_without_a_command_it_passes_and_without_a_host_it_fails() -> None:
    assert await CommandSmoke(LocalCommands(), (), 5).test([]) == ""
    assert await smoke("true").test([]) == "there is no host to test"


@pytest.mark.parametrize("url", ["", "http://a http://b"])
async def test_a_host_without_a_valid_url_is_named(url: str) -> None:
    assert await smoke("true").test([host("one"), host("two", url)]) == "no valid URL for two"
