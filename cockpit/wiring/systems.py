"""The systems outside that one config names, each as its port; none is loaded before it is asked for."""

import getpass
import os
import re
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from cockpit.adapters.error_reports.file import FileReports
from cockpit.config import Config
from cockpit.config.calendar_section import known_zone
from cockpit.control.conflict_resolver import ConflictResolver
from cockpit.control.last_look import LastSeen
from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.engine.revert_pulls import RevertPullOpener
from cockpit.ports import Alerts, Forge, History, Metrics, Reports, Repository, Roster

if TYPE_CHECKING:
    from cockpit.adapters.git.mirror import GitMirror

clock = time


def who() -> str:
    """`user@host`: the person at this terminal, as events name them."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def metrics(config: Config) -> Metrics:
    """Where requests and errors are counted."""
    from cockpit.adapters.metrics.scraper import ScrapedMetrics

    metrics, policy = config.metrics, config.policy
    if metrics.kind == "prometheus":
        from cockpit.adapters.metrics.prometheus import ByRoute, PrometheusMetrics

        source = config.prometheus
        tiers = "|".join(re.escape(tier.name) for tier in policy.tiers).replace("\\", "\\\\")  # in a string
        places = {"app": config.app, "tiers": tiers}
        queries = (source.requests, source.errors, source.age)
        routes = ByRoute(source.route_requests, source.route_errors, metrics.route)
        return PrometheusMetrics(source.url, *queries, places, policy.gate.fresh, source.timeout, routes)
    return ScrapedMetrics(path=metrics.path, requests=metrics.requests, errors=metrics.errors, route=metrics.route)


async def scraped_every(config: Config, hosts: Collection[str]) -> float:
    """Seconds between two looks of the metrics' own source at these hosts; 0 where there is no such source or it does
    not say. Raises `Failed`."""
    if config.metrics.kind != "prometheus":
        return 0.0
    from cockpit.adapters.metrics import scrape_interval

    return await scrape_interval.scraped_every(config.prometheus.url, config.prometheus.timeout, hosts)


def alerts(config: Config) -> Alerts | None:
    """Where alerts fire; None where no such place is configured."""
    from cockpit.adapters.metrics.alertmanager import AlertmanagerAlerts, PrometheusAlerts

    source = config.alerts
    match source.kind:
        case "alertmanager":
            return AlertmanagerAlerts(source.url, source.matchers, source.timeout)
        case "prometheus":
            return PrometheusAlerts(source.url, source.matchers, source.timeout)
        case _:
            return None


def repository(config: Config) -> Repository:
    """The application's repository, by its mirror."""
    return _mirror(config)


def _mirror(config: Config) -> "GitMirror":
    from cockpit.adapters.git.mirror import GitMirror

    url = config.repository.url
    local = config.resolve(url)
    where = str(local) if local.exists() else url
    return GitMirror(where, config.state / "mirror.git", config.repository.main)


def proposer(config: Config) -> RevertPullOpener | None:
    """What opens PRs of our own; None where none are wanted. Raises `Failed` without the token's file."""
    has, wants = config.forge, config.repository
    if has.kind == "none" or not (wants.reverts == "pull" or wants.reland):
        return None
    from cockpit.adapters.forges.factory import open_pulls

    file = config.resolve(has.token_file) if has.token_file else None
    pulls = open_pulls(has.kind, has.url, has.project, has.token_env, file, clock)
    return RevertPullOpener(_mirror(config), pulls, wants.main, wants.reverts == "pull", wants.reland)


def reports(config: Config) -> Reports | None:
    """Where errors are reported; None where no such place is configured. Raises `Failed` without its token's file."""
    has = config.suspects
    if has.url:
        from cockpit.adapters.error_reports.sentry import SentryReports, read_token

        file = config.resolve(has.token_file) if has.token_file else None
        return SentryReports(has.url, read_token(has.token_env, file, os.environ))
    return FileReports(config.resolve(has.report)) if has.report else None


def roster(config: Config) -> Roster | None:
    """Where who commands is kept, beside the config; None where that is not configured."""
    from cockpit.adapters.command_runner import LocalCommands
    from cockpit.adapters.rota_source import CommandRoster, FileRoster

    has = config.rota
    if has.command:
        return CommandRoster(LocalCommands(), has.command, config.path.parent, has.timeout)
    return FileRoster(config.resolve(has.file)) if has.file else None


def zone_here(config: Config) -> str:
    """The time zone of the person at this terminal, by TZ, which ssh can pass on; empty where it is the team's."""
    named = os.environ.get("TZ", "").removeprefix(":")
    return named if named != config.policy.calendar.zone and known_zone(named) else ""


def resolver(config: Config) -> ConflictResolver:
    """What the person at this terminal resolves conflicts with."""
    from cockpit.adapters.editor import Editor

    return ConflictResolver(_mirror(config), Editor(config.state / "resolving", os.environ), who())


def changes(config: Config) -> Callable[[PullRequest], PullDiff]:
    """What a PR changed, from the mirror as it is on this machine. It blocks, and raises `Failed` without a mirror."""

    def change(pull: PullRequest) -> PullDiff:
        from cockpit.adapters.git.local_repository import GitHistory

        return GitHistory.at(config.state / "mirror.git").change(pull)

    return change


def forge(config: Config) -> Forge | None:
    """What knows more of a PR than history; None where none is configured. Raises `Failed` without its token's file."""
    has = config.forge
    if has.kind == "none":
        return None
    from cockpit.adapters.forges.factory import open_forge

    file = config.resolve(has.token_file) if has.token_file else None
    return open_forge(has.kind, has.url, has.project, has.token_env, file, clock)


def origin_of(folder: Path) -> tuple[str, str]:
    """(url, main branch) of the repository that this folder is a clone of; empty where it is none."""
    from cockpit.adapters.git.local_repository import origin_of

    return origin_of(folder)


def looks(config: Config, watch: bool = False) -> LastSeen:
    """When the person at this terminal last looked; somebody who only watches writes to no folder of cockpit's."""
    from cockpit.adapters.last_seen import FileLastSeen

    return FileLastSeen(None if watch else config.state, config.path, who(), os.environ)


def history_at(place: Path) -> History:
    """The history of any repository on this machine. Raises `Failed` where there is none."""
    from cockpit.adapters.git.local_repository import GitHistory

    return GitHistory.at(place)
