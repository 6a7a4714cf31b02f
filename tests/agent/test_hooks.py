"""Hooks are asked until they are done, and none can hold the agent for ever."""

import asyncio
from pathlib import Path

import pytest

from cockpit.agent.hooks import Hooks
from cockpit.agent.settings import HookSettings
from cockpit.ports import Failed
from tests.agent.world import Processes


def sh(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


def hooks(**settings: object) -> Hooks:
    return Hooks(HookSettings(**settings), Processes())  # type: ignore[arg-type]


async def test_without_hooks_all_is_well() -> None:
    none = hooks()
    assert await none.drain({}) == ""
    await none.warm({})
    await none.undrain({})


async def test_75_is_asked_again(tmp_path: Path) -> None:
    counting = f"echo x >> {tmp_path}/n; [ $(wc -l < {tmp_path}/n) -ge 3 ] || exit 75"
    await hooks(health=sh(counting)).warm({})
    assert (tmp_path / "n").read_text() == "x\n" * 3


async def test_75_to_the_deadline_is_a_failure_for_health() -> None:
    with pytest.raises(Failed, match="hook health: was not done after"):
        await hooks(health=sh("exit 75"), health_most=0.2).warm({})


async def test_requests_still_in_flight_at_the_deadline_are_said_and_do_not_stop_the_switch() -> None:
    assert "in flight still" in await hooks(inflight=sh("exit 75"), drain_most=0.2).drain({})


async def test_the_end_of_the_output_is_told_without_escape_codes() -> None:
    with pytest.raises(Failed) as caught:
        await hooks(reload=sh(r"seq 100; printf '\033[31mno such unit\033[0m\n' >&2; exit 3")).warm({})
    assert "hook reload: exit 3: 96\n97\n98\n99\n100\nno such unit" in str(caught.value)


async def test_one_that_hangs_is_killed_at_its_deadline() -> None:
    with pytest.raises(Failed, match=r"hook undrain: did not end within 0.2 s"):
        await asyncio.wait_for(hooks(undrain=sh("sleep 30"), timeout=0.2).undrain({}), 5)


async def test_a_failed_health_does_not_wait_for_the_deadline() -> None:
    with pytest.raises(Failed, match="exit 1: Traceback"):
        await asyncio.wait_for(hooks(health=sh("echo Traceback; exit 1")).warm({}), 5)


async def test_load_balancers_get_time_to_notice_before_requests_in_flight_are_asked_for(tmp_path: Path) -> None:
    flag = tmp_path / "noticed"
    asyncio.get_running_loop().call_later(0.1, flag.touch)
    found = sh(f"[ -f {flag} ]")
    assert await hooks(drain=sh("true"), inflight=found, drain_least=0.3).drain({}) == ""


async def test_the_environment_reaches_the_hook() -> None:
    with pytest.raises(Failed, match="slot is /x/y"):
        await hooks(drain=sh('echo "slot is $COCKPIT_SLOT"; exit 1')).drain({"COCKPIT_SLOT": "/x/y"})
