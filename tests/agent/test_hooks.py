"""A hook is run until it is done, and its deadline ends it."""

import asyncio
from pathlib import Path

import pytest

from cockpit.agent.hooks import Hooks, hook_environment
from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.ports import Failed
from tests.agent.hosts import Processes


def sh(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


def hooks(**keys: object) -> Hooks:
    return Hooks(AgentConfig(**keys), Processes())  # type: ignore[arg-type]


async def test_a_hook_that_is_not_configured_is_skipped() -> None:
    none = hooks()
    assert await none.drain({}) == ""
    await none.warm({})
    await none.undrain({})


async def test_a_hook_that_exits_with_75_runs_again(tmp_path: Path) -> None:
    counting = f"echo x >> {tmp_path}/n; [ $(wc -l < {tmp_path}/n) -ge 3 ] || exit 75"
    await hooks(health=sh(counting)).warm({})
    assert (tmp_path / "n").read_text() == "x\n" * 3


async def test_health_fails_if_it_exits_with_75_until_its_deadline() -> None:
    with pytest.raises(Failed, match="hook health: not done after"):
        await hooks(health=sh("exit 75"), health_most=0.2).warm({})


async def test_requests_in_flight_at_the_deadline_are_noted_and_do_not_stop_the_swap() -> None:
    assert await hooks(inflight=sh("exit 75"), drain_most=0.2).drain({}) == "requests were still in flight after 0 s"


async def test_a_failure_shows_the_end_of_the_output_without_escape_codes() -> None:
    with pytest.raises(Failed) as failure:
        await hooks(reload=sh(r"seq 100; printf '\033[31mno such unit\033[0m\n' >&2; exit 3")).warm({})
    assert "hook reload: exit 3: 96\n97\n98\n99\n100\nno such unit" in str(failure.value)


async def test_a_hook_that_hangs_is_killed_at_its_deadline() -> None:
    with pytest.raises(Failed, match=r"hook undrain: did not end within 0.2 s"):
        await asyncio.wait_for(hooks(undrain=sh("sleep 30"), timeout=0.2).undrain({}), 5)


async def test_a_failed_health_check_does_not_wait_for_its_deadline() -> None:
    with pytest.raises(Failed, match="exit 1: Traceback"):
        await asyncio.wait_for(hooks(health=sh("echo Traceback; exit 1")).warm({}), 5)


async def test_inflight_runs_after_drain_least(tmp_path: Path) -> None:
    flag = tmp_path / "noticed"
    asyncio.get_running_loop().call_later(0.1, flag.touch)
    inflight = sh(f"[ -f {flag} ]")
    assert await hooks(drain=sh("true"), inflight=inflight, drain_least=0.3).drain({}) == ""


async def test_a_hook_gets_the_environment() -> None:
    with pytest.raises(Failed, match="slot is /x/y"):
        await hooks(drain=sh('echo "slot is $COCKPIT_SLOT"; exit 1')).drain({"COCKPIT_SLOT": "/x/y"})


async def test_drain_waits_half_a_second_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def record(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("cockpit.agent.hooks.asyncio.sleep", record)
    await hooks(drain=sh("true")).drain({})
    assert pauses == [0.5]


async def test_without_a_drain_hook_there_is_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.agent.hooks.asyncio.sleep", None)
    assert await hooks(drain_least=5.0).drain({}) == ""


def test_the_environment_names_the_host_and_the_hot_slot(tmp_path: Path) -> None:
    settings = HostSettings("web-1", "canary", tmp_path, "http://web-1")
    assert hook_environment(settings, "b" * 64, "/x/slots/a") == {
        "COCKPIT_HOST": "web-1",
        "COCKPIT_TIER": "canary",
        "COCKPIT_URL": "http://web-1",
        "COCKPIT_FOLDER": str(tmp_path),
        "COCKPIT_BUILD": "b" * 64,
        "COCKPIT_SLOT": "/x/slots/a",
    }
