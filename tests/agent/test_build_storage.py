"""A host's builds are pulled, checked, proved at rest, and switched to even on a full disk."""

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cockpit.agent import build_storage as module
from cockpit.agent import swap
from cockpit.agent.acts import CheckSlot, Disk, Prefetch, PullBuild
from cockpit.agent.build_storage import BuildStorage
from cockpit.agent.intent import Intent
from cockpit.agent.slot_fill import FillCancelled
from tests.agent.hosts import Host, eventually


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path)
    host.folder.mkdir()
    return host


def storage(host: Host, **changes: Any) -> BuildStorage:
    return BuildStorage(host.settings(**changes), host.artifacts, lambda: 1000.0)


async def forever() -> None:
    await asyncio.sleep(3600)


async def at_once() -> None:
    return


async def test_a_pulled_build_is_proved_and_checked_for_its_switch(host: Host) -> None:
    kept, build = storage(host), host.build("one")
    await kept.pull(PullBuild(build), Intent(), forever)
    assert kept.disk() == Disk(cold=(build,))
    assert kept.proved((build,)) == (build,)
    assert kept.pulling is None
    assert kept.pulled > 0


async def test_a_prefetched_build_is_checked_before_its_switch(host: Host) -> None:
    kept, build = storage(host), host.build("one")
    await kept.pull(Prefetch(build), Intent(), forever)
    assert kept.disk() == Disk(cold=(build,), unchecked=(build,))
    await kept.check(CheckSlot(build), forever)
    assert kept.disk() == Disk(cold=(build,))
    kept.flip(build)
    assert kept.disk() == Disk(build)
    assert kept.hot_path() == str(host.folder / "slots/a")


async def test_a_check_that_is_not_wanted_ends(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, build = storage(host), host.build("one")
    await kept.pull(PullBuild(build), Intent(), forever)

    def wait(_: str, cancelled: Callable[[], bool]) -> None:
        while not cancelled():
            pass
        raise FillCancelled

    monkeypatch.setattr(kept._proofs, "check", wait)
    with pytest.raises(FillCancelled):
        await kept.check(CheckSlot(build), at_once)


async def test_a_flip_on_a_full_disk_takes_a_piece_of_the_ballast(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, build = storage(host), host.build("one")
    await kept.pull(PullBuild(build), Intent(), forever)
    kept.restore_ballast()
    assert kept.problem(kept.disk()) == ""
    real, calls = swap.flip, list[str]()

    def full_once(folder: Path, name: str) -> None:
        calls.append(name)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(folder, name)

    monkeypatch.setattr(module, "flip", full_once)
    kept.flip(build)
    assert kept.disk().hot == build
    assert kept.problem(kept.disk()) == "480 of 512 kB are kept for a rollback; free some space"


async def test_slots_are_proved_and_the_ballast_is_restored_while_the_host_is_at_rest(host: Host) -> None:
    build = host.build("one")
    await storage(host).pull(PullBuild(build), Intent(), forever)
    kept = storage(host)
    assert kept.proved((build,)) == ()
    resting, changes = [False], [0]

    def count() -> None:
        changes[0] += 1

    running = asyncio.create_task(kept.keep_up(lambda: resting[0], count))
    await eventually(lambda: kept.problem(Disk()) == "")
    await asyncio.sleep(0.1)
    assert kept.proved((build,)) == ()
    resting[0] = True
    await eventually(lambda: kept.proved((build,)) == (build,))
    await eventually(lambda: changes[0] >= 2)
    running.cancel()


def test_nothing_is_proved_if_that_is_switched_off(host: Host) -> None:
    assert storage(host, prove_every=0.0).proved(("a",)) is None
