"""One config's world as ports, and what runs in it: looks, desks, engines, agents."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.adapters.command_runner import LocalCommands
from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.commander_heartbeat import CommanderHeartbeat
from cockpit.control.commander_lease import LENT, CommanderLease
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds.feed_table import follow, take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.preview import preview
from cockpit.control.feeds.review_feed import read_reviews
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.loop import Engine
from cockpit.engine.notifier import NotificationSender
from cockpit.ports import Artifacts, Failed, Locks, ErrorReports, Store
from cockpit.rules.decisions.preflight import preview_query
from cockpit.wiring import systems
from cockpit.wiring.notifiers import notifiers
from cockpit.wiring.stores import advice, nothing_to_read, open_artifacts, open_store
from cockpit.wiring.systems import clock, who

if TYPE_CHECKING:
    from cockpit.agent.loop import Agent


@dataclass(frozen=True)
class Context:
    """The systems of one config, as ports."""

    config: Config
    store: Store
    locks: Locks

    @classmethod
    def open(cls, config: Config, read_only: bool = False) -> "Context":
        """The world of `config`; with `read_only` no part of it can write. Close its store at the end."""
        return cls(config, *open_store(config, read_only, clock))

    async def advice(self, hosts: int) -> str:
        """What to know about the store before a fleet of that many hosts is on it; empty for nothing."""
        return await advice(self.store, hosts) if self.config.store.kind != "sqlite" else ""

    def hands(self) -> Executor:
        """The engine's tools."""
        from cockpit.adapters.artifacts.builder import CommandBuilder
        from cockpit.adapters.smoke_test import CommandSmoke

        build, smoke = self.config.build, self.config.smoke
        proposer = systems.proposer(self.config)
        repository, commands = systems.repository(self.config), LocalCommands()
        builder = CommandBuilder(
            repository=repository,
            artifacts=self.artifacts(),
            commands=commands,
            command=build.command,
            output=build.output,
            timeout=build.timeout,
            scratch=self.config.state / "scratch",
        )
        return Executor(repository, builder, CommandSmoke(commands, smoke.command, smoke.timeout), clock, proposer)

    def artifacts(self) -> Artifacts:
        """Where builds are kept."""
        return open_artifacts(self.config)

    def sources(self) -> Sources:
        """What a snapshot is made of."""
        return Sources(
            self.store,
            self.locks,
            systems.metrics(self.config),
            systems.repository(self.config),
            systems.alerts(self.config),
            scrape_every=self.config.metrics.every,
            alerts_every=self.config.alerts.every,
            forge=systems.forge(self.config),
            reviews_every=self.config.forge.every,
            reports=systems.reports(self.config),
            reports_every=self.config.suspects.every,
            rota_source=systems.roster(self.config),
            rota_every=self.config.rota.every,
        )


@asynccontextmanager
async def open_context(config: Config, read_only: bool = False) -> AsyncIterator[Context]:
    """The world of `config`, closed again at the end. With `read_only` nothing in it can write; where there is no
    store yet, an empty one is made, for there is nothing to protect."""
    opened = Context.open(config, read_only and not nothing_to_read(config))
    try:
        yield opened
    finally:
        await opened.store.close()


FORGE_WITHIN = 5.0
"""Seconds that a verb of the shell waits for what the forge says of its PRs."""


async def look(open_context: Context, release: str = "", rota: bool = True) -> Snapshot:
    """One look at everything the store knows, and at what a `release` of that ref would bring. Raises `Failed`.

    Without `rota` nothing is waited for but the store."""
    sources = Sources(
        open_context.store, open_context.locks, rota_source=systems.roster(open_context.config) if rota else None
    )
    snapshot = await take_snapshot(open_context.config.policy, sources, clock)
    snapshot = replace(snapshot, zone=systems.zone_here(open_context.config))
    if not release:
        return snapshot
    found = await asyncio.to_thread(preview, systems.repository(open_context.config), preview_query(snapshot, release))
    snapshot = replace(snapshot, preview=Seen(found, clock()))
    if (forge := systems.forge(open_context.config)) is None:
        return snapshot
    try:
        return replace(snapshot, reviews=await read_reviews(forge, snapshot, clock, FORGE_WITHIN))
    finally:
        await forge.close()


def shell_dispatcher(open_context: Context, release: str = "", rota: bool = True) -> Dispatcher:
    """A desk that looks at the store anew for each decision, and at what a `release` of that ref would bring; without
    `rota` it waits for the store alone, as commands do that stop something."""

    async def fresh(_past: str) -> Snapshot:
        return await look(open_context, release, rota)

    return Dispatcher(open_context.store, fresh, clock, _stool(open_context))


def board_dispatcher(open_context: Context, board: Board) -> Dispatcher:
    """A desk that decides on the board's picture, which feeds keep true."""

    return Dispatcher(open_context.store, board.past, clock, _stool(open_context))


def _stool(open_context: Context) -> CommanderLease:
    """Where somebody gives one command and goes."""
    return CommanderLease(open_context.locks, who(), LENT, CommanderHeartbeat(open_context.store, clock))


async def run_engine(config: Config, error: Callable[[str], None]) -> None:
    """Follow the world and work in it until cancelled; what keeps it from working is told to `trouble`, and empty
    once it works again."""
    async with open_context(config) as outside:
        board = Board(config.policy, clock)
        holder = f"{who()}:{os.getpid()}"
        teller = NotificationSender(board, outside.store, lambda: notifiers(config), error)
        engine = Engine(
            board,
            outside.store,
            outside.locks,
            outside.hands(),
            clock,
            holder,
            error,
            teller=teller,
            kept=config.record.keep,
        )
        sources = engine_sources(outside, error)
        async with asyncio.TaskGroup() as group:
            group.create_task(follow(board, sources, clock))
            group.create_task(engine.run())


def engine_sources(outside: Context, error: Callable[[str], None]) -> Sources:
    """What an engine's snapshot is made of: what it judges by, and who is next where a commander is lost."""
    config = outside.config
    return Sources(
        outside.store,
        outside.locks,
        systems.metrics(config),
        alerts=systems.alerts(config),
        scrape_every=config.metrics.every,
        alerts_every=config.alerts.every,
        reports=_reports(config, error),
        reports_every=config.suspects.every,
        blame_repository=systems.repository(config),
        rota_source=systems.roster(config),
        rota_every=config.rota.every,
    )


def _reports(config: Config, error: Callable[[str], None]) -> ErrorReports | None:
    """Where errors are reported; an engine does its work without them too."""
    try:
        return systems.reports(config)
    except Failed as failed:
        error(str(failed))
        return None


async def run_agent(
    config: Config, host: str, tier: str, folder: Path, url: str, said: Callable[[Status], None]
) -> None:
    """Keep one host at its tier's target until cancelled; `said` hears of every change."""
    async with open_context(config) as outside:
        await _agent(outside, host, tier, folder, url, said).run(asyncio.Event())


async def run_agent_once(
    config: Config, host: str, tier: str, folder: Path, url: str, said: Callable[[Status], None]
) -> Status:
    """Make one host agree with its tier's target as it is now; how it is then. Raises `Failed`."""
    async with open_context(config) as outside:
        return await _agent(outside, host, tier, folder, url, said).once()


def _agent(outside: Context, host: str, tier: str, folder: Path, url: str, said: Callable[[Status], None]) -> "Agent":
    from cockpit.agent.loop import Agent
    from cockpit.agent.settings import HostSettings

    settings = HostSettings(host=host, tier=tier, folder=folder, url=url, config=outside.config.agent)
    return Agent(settings, outside.store, outside.locks, outside.artifacts(), LocalCommands(), clock, said)
