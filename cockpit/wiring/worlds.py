"""One config's world as ports, and what runs in it: looks, desks, engines, agents."""

import asyncio
import getpass
import os
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from cockpit.adapters.commands import LocalCommands
from cockpit.adapters.reports.file import FileReports
from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.desk import Desk
from cockpit.control.feeds import Sources, follow, gather, preview_main
from cockpit.control.resolving import Resolver
from cockpit.control.seat import LENT, Seat
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.hands import Hands
from cockpit.engine.loop import Engine
from cockpit.engine.proposing import Proposer
from cockpit.ports import Alerts, Artifacts, Forge, History, Locks, Metrics, Reports, Repository, Store
from cockpit.wiring.stores import advice, nothing_to_read, open_artifacts, open_store

if TYPE_CHECKING:
    from cockpit.agent.loop import Agent

if TYPE_CHECKING:
    from cockpit.adapters.git.mirror import GitMirror

clock = time


def who() -> str:
    """`user@host`: the person at this terminal, as events name them."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass(frozen=True)
class World:
    """The systems of one config, as ports."""

    config: Config
    store: Store
    locks: Locks

    @classmethod
    def open(cls, config: Config, read_only: bool = False) -> "World":
        """The world of `config`; with `read_only` no part of it can write. Close its store at the end."""
        return cls(config, *open_store(config, read_only, clock))

    async def advice(self, hosts: int) -> str:
        """What to know about the store before a fleet of that many hosts is on it; empty for nothing."""
        return await advice(self.store, hosts) if self.config.store.kind != "sqlite" else ""

    def repository(self) -> Repository:
        """The application's repository, by its mirror."""
        return repository(self.config)

    def metrics(self) -> Metrics:
        """Where requests and errors are counted."""
        from cockpit.adapters.metrics.scrape import ScrapedMetrics

        metrics, policy = self.config.metrics, self.config.policy
        if metrics.kind == "prometheus":
            from cockpit.adapters.metrics.prometheus import ByRoute, PrometheusMetrics

            source = self.config.prometheus
            tiers = "|".join(re.escape(tier.name) for tier in policy.tiers).replace("\\", "\\\\")  # in a string
            places = {"app": self.config.app, "tiers": tiers}
            queries = (source.requests, source.errors, source.age)
            routes = ByRoute(source.route_requests, source.route_errors, metrics.route)
            return PrometheusMetrics(source.url, *queries, places, policy.gate.fresh, source.timeout, routes)
        return ScrapedMetrics(path=metrics.path, requests=metrics.requests, errors=metrics.errors, route=metrics.route)

    def alerts(self) -> Alerts | None:
        """Where alerts fire; None where no such place is configured."""
        from cockpit.adapters.metrics.alerts import AlertmanagerAlerts, PrometheusAlerts

        source = self.config.alerts
        match source.kind:
            case "alertmanager":
                return AlertmanagerAlerts(source.url, source.matchers, source.timeout)
            case "prometheus":
                return PrometheusAlerts(source.url, source.matchers, source.timeout)
            case _:
                return None

    def hands(self) -> Hands:
        """The engine's tools."""
        from cockpit.adapters.artifacts.builder import CommandBuilder
        from cockpit.adapters.smoke import CommandSmoke

        build, smoke = self.config.build, self.config.smoke
        repository, commands = self.repository(), LocalCommands()
        builder = CommandBuilder(
            repository=repository,
            artifacts=self.artifacts(),
            commands=commands,
            command=build.command,
            output=build.output,
            timeout=build.timeout,
            scratch=self.config.state / "scratch",
        )
        return Hands(
            repository, builder, CommandSmoke(commands, smoke.command, smoke.timeout), clock, proposer(self.config)
        )

    def artifacts(self) -> Artifacts:
        """Where builds are kept."""
        return open_artifacts(self.config)

    def sources(self) -> Sources:
        """What a snapshot is made of."""
        return Sources(
            self.store,
            self.locks,
            self.metrics(),
            self.repository(),
            self.alerts(),
            scrape_every=self.config.metrics.every,
            alerts_every=self.config.alerts.every,
            forge=forge(self.config),
            ask_every=self.config.forge.every,
            reports=reports(self.config),
            read_every=self.config.suspects.every,
        )


def repository(config: Config) -> Repository:
    """The application's repository, by its mirror."""
    return _mirror(config)


def _mirror(config: Config) -> "GitMirror":
    from cockpit.adapters.git.mirror import GitMirror

    url = config.repository.url
    local = config.resolve(url)
    where = str(local) if local.exists() else url
    return GitMirror(where, config.state / "mirror.git", config.repository.main)


def proposer(config: Config) -> Proposer | None:
    """What opens PRs of our own; None where none are wanted. Raises `Failed` without the token's file."""
    has, wants = config.forge, config.repository
    if has.kind == "none" or not (wants.reverts == "pull" or wants.reland):
        return None
    from cockpit.adapters.forges.choice import open_pulls

    file = config.resolve(has.token_file) if has.token_file else None
    pulls = open_pulls(has.kind, has.url, has.project, has.token_env, file, clock)
    return Proposer(_mirror(config), pulls, wants.main, wants.reverts == "pull", wants.reland)


def reports(config: Config) -> Reports | None:
    """Where errors are reported; None where no such place is configured. Raises `Failed` without its token's file."""
    has = config.suspects
    if has.url:
        from cockpit.adapters.reports.sentry import SentryReports, read_token

        file = config.resolve(has.token_file) if has.token_file else None
        return SentryReports(has.url, read_token(has.token_env, file, os.environ))
    return FileReports(config.resolve(has.report)) if has.report else None


def resolver(config: Config) -> Resolver:
    """What the person at this terminal resolves conflicts with."""
    from cockpit.adapters.editor import Editor

    return Resolver(_mirror(config), Editor(config.state / "resolving", os.environ), who())


def forge(config: Config) -> Forge | None:
    """What knows more of a PR than history; None where none is configured. Raises `Failed` without its token's file."""
    has = config.forge
    if has.kind == "none":
        return None
    from cockpit.adapters.forges.choice import open_forge

    file = config.resolve(has.token_file) if has.token_file else None
    return open_forge(has.kind, has.url, has.project, has.token_env, file, clock)


def history_at(place: Path) -> History:
    """The history of any repository on this machine. Raises `Failed` where there is none."""
    from cockpit.adapters.git.local import GitHistory

    return GitHistory.at(place)


@asynccontextmanager
async def world(config: Config, read_only: bool = False) -> AsyncIterator[World]:
    """The world of `config`, closed again at the end. With `read_only` nothing in it can write; where there is no
    store yet, an empty one is made, for there is nothing to protect."""
    opened = World.open(config, read_only and not nothing_to_read(config))
    try:
        yield opened
    finally:
        await opened.store.close()


async def look(world: World, with_main: bool = False) -> Snapshot:
    """One look at everything the store knows, and at main where asked. Raises `Failed`."""
    snapshot = await gather(Snapshot(world.config.policy, clock()), Sources(world.store, world.locks), clock)
    if not with_main:
        return snapshot
    preview = await asyncio.to_thread(preview_main, world.repository(), snapshot.base)
    return replace(snapshot, main=Seen(preview, clock()))


def shell_desk(world: World, with_main: bool = False) -> Desk:
    """A desk that looks at the store anew for each decision."""

    async def fresh(_past: str) -> Snapshot:
        return await look(world, with_main)

    return Desk(world.store, fresh, clock, Seat(world.locks, who(), LENT))


def board_desk(world: World, board: Board) -> Desk:
    """A desk that decides on the board's picture, which feeds keep true."""

    return Desk(world.store, board.past, clock, Seat(world.locks, who(), LENT))


async def run_engine(config: Config, trouble: Callable[[str], None]) -> None:
    """Follow the world and work in it until cancelled; what keeps it from working is told to `trouble`, and empty
    once it works again."""
    async with world(config) as outside:
        board = Board(config.policy, clock)
        holder = f"{who()}:{os.getpid()}"
        engine = Engine(board, outside.store, outside.locks, outside.hands(), clock, holder, trouble)
        sources = Sources(
            outside.store,
            outside.locks,
            outside.metrics(),
            alerts=outside.alerts(),
            scrape_every=config.metrics.every,
            alerts_every=config.alerts.every,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(follow(board, sources, clock))
            group.create_task(engine.run())


async def run_agent(
    config: Config, host: str, tier: str, folder: Path, url: str, said: Callable[[Status], None]
) -> None:
    """Keep one host at its tier's target until cancelled; `said` hears of every change."""
    async with world(config) as outside:
        await _agent(outside, host, tier, folder, url, said).run(asyncio.Event())


async def run_agent_once(
    config: Config, host: str, tier: str, folder: Path, url: str, said: Callable[[Status], None]
) -> Status:
    """Make one host agree with its tier's target as it is now; how it is then. Raises `Failed`."""
    async with world(config) as outside:
        return await _agent(outside, host, tier, folder, url, said).once()


def _agent(outside: World, host: str, tier: str, folder: Path, url: str, said: Callable[[Status], None]) -> "Agent":
    from cockpit.agent.loop import Agent
    from cockpit.agent.settings import AgentSettings, HookSettings

    has = outside.config.agent
    hooks = HookSettings(
        drain=has.drain,
        inflight=has.inflight,
        reload=has.reload,
        health=has.health,
        undrain=has.undrain,
        timeout=has.timeout,
        drain_least=has.drain_least,
        drain_most=has.drain_most,
        health_most=has.health_most,
    )
    settings = AgentSettings(host=host, tier=tier, folder=folder, url=url, hooks=hooks, heartbeat=has.heartbeat)
    return Agent(settings, outside.store, outside.locks, outside.artifacts(), LocalCommands(), clock, said)
