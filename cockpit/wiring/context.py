"""The systems of one config as ports, and what runs on them: snapshots, dispatchers, engines, agents."""

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
from cockpit.control.commander_lease import SHELL_TTL, CommanderLease
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds.feed_table import follow, take_snapshot
from cockpit.control.feeds.review_feed import read_reviews
from cockpit.control.feeds.sources import Sources
from cockpit.control.preview import preview
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.loop import Engine
from cockpit.engine.notification_sender import NotificationSender
from cockpit.ports import Artifacts, ErrorReports, Failed, Locks, Store
from cockpit.rules.decisions.preflight import preview_query
from cockpit.wiring import systems
from cockpit.wiring.notifiers import notifiers
from cockpit.wiring.read_only import open_for_reading
from cockpit.wiring.stores import advice, open_artifacts, open_store
from cockpit.wiring.systems import clock, current_user

if TYPE_CHECKING:
    from cockpit.agent.loop import Agent


@dataclass(frozen=True)
class Context:
    """The systems of one config, as ports."""

    config: Config
    store: Store
    locks: Locks

    async def advice(self, hosts: int) -> str:
        """Return a warning about the store's limits for a fleet of that many hosts; empty for none."""
        return await advice(self.store, hosts) if self.config.store.kind != "sqlite" else ""

    def executor(self) -> Executor:
        """Create the engine's executor."""
        from cockpit.adapters.artifacts.builder import CommandBuilder
        from cockpit.adapters.smoke_test import CommandSmoke

        build, smoke = self.config.build, self.config.smoke
        proposer = systems.revert_pull_opener(self.config)
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
        """Open the store of builds."""
        return open_artifacts(self.config)

    def sources(self) -> Sources:
        """Open all sources of a snapshot."""
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
            rota_source=systems.rota_source(self.config),
            rota_every=self.config.rota.every,
        )


@asynccontextmanager
async def open_context(config: Config, read_only: bool = False) -> AsyncIterator[Context]:
    """Open the systems of a config and close the store at the end. With `read_only` the store refuses every write."""
    store, locks = open_for_reading(config, clock) if read_only else open_store(config, False, clock)
    try:
        yield Context(config, store, locks)
    finally:
        await store.close()


FORGE_TIMEOUT = 5.0
"""Seconds that a shell verb waits for the forge's reviews."""


async def read_snapshot(context: Context, release: str = "", rota: bool = True) -> Snapshot:
    """Read a snapshot from the store, with a preview of a `release` of that ref. Raises `Failed`.

    Without `rota` only the store is read.
    """
    sources = Sources(context.store, context.locks, rota_source=systems.rota_source(context.config) if rota else None)
    snapshot = await take_snapshot(context.config.policy, sources, clock)
    snapshot = replace(snapshot, zone=systems.local_zone(context.config))
    if not release:
        return snapshot
    release_preview = await asyncio.to_thread(
        preview, systems.repository(context.config), preview_query(snapshot, release)
    )
    snapshot = replace(snapshot, preview=Seen(release_preview, clock()))
    if (forge := systems.forge(context.config)) is None:
        return snapshot
    try:
        return replace(snapshot, reviews=await read_reviews(forge, snapshot, clock, FORGE_TIMEOUT))
    finally:
        await forge.close()


def shell_dispatcher(context: Context, release: str = "", rota: bool = True) -> Dispatcher:
    """Create a dispatcher that reads a new snapshot for each decision, with a preview of a `release` of that ref.

    Commands that stop a release pass `rota=False`, so that they wait for the store alone.
    """

    async def read(_past: str) -> Snapshot:
        return await read_snapshot(context, release, rota)

    return Dispatcher(context.store, read, clock, _shell_lease(context))


def board_dispatcher(context: Context, board: Board) -> Dispatcher:
    """Create a dispatcher that decides on the board's snapshot, which its feeds keep up to date."""
    return Dispatcher(context.store, board.past, clock, _shell_lease(context))


def _shell_lease(context: Context) -> CommanderLease:
    """Create the lease of a shell that gives one command and exits."""
    return CommanderLease(context.locks, current_user(), SHELL_TTL, CommanderHeartbeat(context.store, clock))


async def run_engine(config: Config, error: Callable[[str], None]) -> None:
    """Run an engine until cancelled. `error` gets each error, and an empty text once the engine works again."""
    async with open_context(config) as context:
        board = Board(config.policy, clock)
        holder = f"{current_user()}:{os.getpid()}"
        sender = NotificationSender(board, context.store, lambda: notifiers(config), error)
        engine = Engine(
            board,
            context.store,
            context.locks,
            context.executor(),
            clock,
            holder,
            error,
            sender=sender,
            releases_kept=config.record.keep,
        )
        sources = engine_sources(context, error)
        async with asyncio.TaskGroup() as group:
            group.create_task(follow(board, sources, clock))
            group.create_task(engine.run())


def engine_sources(context: Context, error: Callable[[str], None]) -> Sources:
    """Open the sources of an engine's snapshot: what it judges by, and the rota for a lost commander."""
    config = context.config
    return Sources(
        context.store,
        context.locks,
        systems.metrics(config),
        alerts=systems.alerts(config),
        scrape_every=config.metrics.every,
        alerts_every=config.alerts.every,
        reports=_reports(config, error),
        reports_every=config.suspects.every,
        blame_repository=systems.repository(config),
        rota_source=systems.rota_source(config),
        rota_every=config.rota.every,
    )


def _reports(config: Config, error: Callable[[str], None]) -> ErrorReports | None:
    """Open the source of error reports; without one the engine works too."""
    try:
        return systems.reports(config)
    except Failed as failed:
        error(str(failed))
        return None


async def run_agent(
    config: Config, host: str, tier: str, folder: Path, url: str, on_status: Callable[[Status], None]
) -> None:
    """Keep one host at its tier's target until cancelled; `on_status` gets every change of its status."""
    async with open_context(config) as context:
        await _agent(context, host, tier, folder, url, on_status).run(asyncio.Event())


async def run_agent_once(
    config: Config, host: str, tier: str, folder: Path, url: str, on_status: Callable[[Status], None]
) -> Status:
    """Bring one host to its tier's current target, and return its status then. Raises `Failed`."""
    async with open_context(config) as context:
        return await _agent(context, host, tier, folder, url, on_status).once()


def _agent(
    context: Context, host: str, tier: str, folder: Path, url: str, on_status: Callable[[Status], None]
) -> "Agent":
    from cockpit.agent.loop import Agent
    from cockpit.agent.settings import HostSettings

    config = context.config
    settings = HostSettings(host, tier, folder, url, config.agent, silent_after=config.policy.silent_after)
    return Agent(settings, context.store, context.artifacts(), LocalCommands(), clock, on_status)
