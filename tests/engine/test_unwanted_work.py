"""Work that is no longer wanted while it pushes: a real git remote that is slow, a real store, and an engine."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time

import pytest
from msgspec.structs import replace

from cockpit.adapters.git.mirror import GitMirror
from cockpit.adapters.leases import StoreLocks
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.control.log_verification import verify
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import Abandoned, Cut, Finished, Reverted, RevertWithdrawn, WithdrawalAsked
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.deploy.quarantine import quarantined
from cockpit.deploy.release import End
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.loop import Engine
from cockpit.ports import Store
from cockpit.views.event_log import sentence
from tests.engine.fakes import FakeSystems
from tests.engine.test_loop import has_fact, run_hosts, until
from tests.fakes import NoLocks
from tests.git_origin import GitOrigin
from tests.scenario import POLICY, build

ADA = CommandRequest("ada@desk")


class Builder(FakeSystems):
    """Builds real commits at once."""

    async def build(self, commit: str, bases: Sequence[str] = ()) -> Build:
        return replace(build(1), id=commit, commit=commit)


@dataclass
class SlowRemote:
    """A remote whose pushes wait in a hook: before they are accepted, or after the refs have moved."""

    origin: GitOrigin
    hook: str = "post-receive"
    entered: Path = field(init=False)
    go_on: Path = field(init=False)

    def __post_init__(self) -> None:
        self.entered, self.go_on = self.origin.path / "entered", self.origin.path / "go-on"
        script = self.origin.path / "hooks" / self.hook
        script.parent.mkdir(exist_ok=True)
        wait = f"while [ ! -e {self.go_on} ]; do sleep 0.02; done"
        script.write_text(f"#!/bin/sh\ngrep -q hotfix || exit 0\ntouch {self.entered}\n{wait}\n")
        script.chmod(0o755)

    async def until_pushing(self) -> None:
        async with asyncio.timeout(20):
            while not self.entered.exists():  # noqa: ASYNC110 - a hook has no event of it
                await asyncio.sleep(0.01)


@dataclass
class Team:
    """A store, the repository and engines on them."""

    store: Store
    origin: GitOrigin
    folder: Path

    @asynccontextmanager
    async def engine(self, name: str) -> AsyncIterator[tuple[Board, asyncio.Task[None]]]:
        """An engine with a mirror of its own, as on a machine of its own."""
        board, locks, systems = Board(POLICY, time), StoreLocks(self.store, time), Builder()
        mirror = GitMirror(str(self.origin.path), self.folder / name)
        engine = Engine(board, self.store, locks, Executor(mirror, systems, systems, time), time, name, ttl=2.0)
        feeds = asyncio.create_task(follow(board, Sources(self.store, locks), time))
        task = asyncio.create_task(engine.run())
        try:
            yield board, task
        finally:
            task.cancel()
            feeds.cancel()
            await asyncio.gather(task, feeds, return_exceptions=True)

    async def command(self, board: Board, verb: str, pull: int = 0) -> Done | Refusal:
        dispatcher = Dispatcher(self.store, board.past, time, CommanderLease(NoLocks(), ""))
        outcome = await dispatcher.dispatch(find_command(verb), replace(ADA, pull=pull))
        assert isinstance(outcome, Done | Refusal)
        return outcome

    async def revert_during_a_release(self, board: Board, remote: SlowRemote) -> str:
        """A release with #7, whose revert is being pushed: its id."""
        await self.command(board, "install")
        await until(board, has_fact(Finished))
        self.origin.squash_pr(7, "Bad", {"bad.py": "1\n"})
        await self.command(board, "start")
        snapshot = await until(board, has_fact(Cut))
        assert isinstance(await self.command(board, "revert", 7), Done)
        await remote.until_pushing()
        assert snapshot.latest is not None
        return snapshot.latest.id


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    store = SqliteStore(tmp_path / "store.db")
    hosts = asyncio.create_task(run_hosts(store))  # type: ignore[arg-type]
    yield Team(store, GitOrigin(tmp_path / "origin"), tmp_path)
    hosts.cancel()
    await asyncio.gather(hosts, return_exceptions=True)
    await store.close()


def kinds(snapshot: Snapshot) -> list[type]:
    assert snapshot.latest is not None
    return [type(event.what) for event in snapshot.latest.events]


async def test_an_engine_that_is_stopped_while_it_pushes_records_the_push(team: Team) -> None:
    remote = SlowRemote(team.origin)
    async with team.engine("first") as (board, engine):
        await team.revert_during_a_release(board, remote)
        engine.cancel()  # SIGTERM
        await asyncio.sleep(0.1)
        assert not engine.done(), "it waits for the push"
        assert (await StoreLocks(team.store, time).look(store_keys.ENGINE_LOCK)).name == "first", "and keeps the lock"
        remote.go_on.touch()
        await asyncio.gather(engine, return_exceptions=True)
        await until(board, has_fact(Reverted))
    assert "bad.py" not in team.origin.paths("main")
    assert (await verify(team.store)).broken == ()


async def test_an_engine_that_lost_its_lock_leaves_the_push_to_its_successor(team: Team) -> None:
    remote = SlowRemote(team.origin)
    async with team.engine("first") as (board, engine):
        release = await team.revert_during_a_release(board, remote)
        locks = StoreLocks(team.store, time)
        seen = await locks.look(store_keys.ENGINE_LOCK)
        taken = await locks.seize(store_keys.ENGINE_LOCK, "an engine that takes over", 0.5, seen)
        assert taken is not None
        engine.cancel()
        await asyncio.wait({engine}, timeout=5)
        assert engine.done(), "it has nothing to record any more"
        assert not has_fact(Reverted)(board.snapshot)
        remote.go_on.touch()
        tip = team.origin.commit_at("refs/heads/main")
        async with team.engine("second") as (successor, _):
            snapshot = await until(successor, has_fact(Reverted))
    assert snapshot.latest is not None
    assert team.origin.commit_at("refs/heads/main") == tip, "it is not reverted twice"
    assert snapshot.latest.reverts[0].reverts == (tip,)
    assert snapshot.latest.commit == team.origin.commit_at(f"refs/heads/release/{release}")


async def test_a_release_abandoned_while_its_revert_is_pushed_records_the_push(team: Team) -> None:
    remote = SlowRemote(team.origin)
    async with team.engine("first") as (board, _):
        await team.revert_during_a_release(board, remote)
        assert isinstance(await team.command(board, "abandon"), Done)
        await until(board, has_fact(Abandoned))
        refused = await team.command(board, "start")
        assert isinstance(refused, Refusal)
        assert "the revert of #7" in refused.reason
        remote.go_on.touch()
        snapshot = await until(board, has_fact(Reverted))
        assert kinds(snapshot)[-2:] == [Abandoned, Reverted]
        assert snapshot.latest is not None
        assert (snapshot.latest.end, snapshot.latest.reverted_names) == (End.ABANDONED, ("#7",))
        assert [pull.pull.name for pull in quarantined(snapshot.log.value.releases)] == ["#7"]
        assert "bad.py" not in team.origin.paths("main")
        refused = await team.command(board, "start")
        assert isinstance(refused, Refusal)
        assert "#7 must not be back" in refused.reason, "the next release keeps it out"
    assert (await verify(team.store)).broken == ()


async def test_a_release_abandoned_before_the_push_leaves_main_alone(team: Team) -> None:
    """The engine is told in time: nothing is pushed, and the log says so."""
    async with team.engine("first") as (board, engine):
        await team.command(board, "install")
        await until(board, has_fact(Finished))
        team.origin.squash_pr(7, "Bad", {"bad.py": "1\n"})
        await team.command(board, "start")
        await until(board, has_fact(Cut))
        engine.cancel()
        await asyncio.gather(engine, return_exceptions=True)
        await team.command(board, "revert", 7)
        await team.command(board, "abandon")
        async with team.engine("second") as (successor, _):
            snapshot = await until(successor, has_fact(RevertWithdrawn))
    assert snapshot.latest is not None
    assert "nothing was pushed" in sentence(snapshot.latest.events[-1])
    assert "bad.py" in team.origin.paths("main")
    assert quarantined(snapshot.log.value.releases) == ()


async def test_a_revert_that_is_withdrawn_too_late_is_recorded_as_done(team: Team) -> None:
    remote = SlowRemote(team.origin)
    async with team.engine("first") as (board, _):
        await team.revert_during_a_release(board, remote)
        assert isinstance(await team.command(board, "withdraw", 7), Done)
        await until(board, has_fact(WithdrawalAsked))
        remote.go_on.touch()
        snapshot = await until(board, has_fact(Reverted))
        assert not has_fact(RevertWithdrawn)(snapshot)
        assert snapshot.open is not None
        assert (snapshot.open.withdrawals, snapshot.open.reverted_names) == ((), ("#7",))
        snapshot = await until(board, lambda s: bool(s.open and s.open.build))
        assert snapshot.open is not None
        assert snapshot.open.build is not None
        assert snapshot.open.build.commit == team.origin.commit_at(f"refs/heads/release/{snapshot.open.id}")
