"""The external systems that a config names, each as its port; an adapter is imported only if it is used."""

import getpass
import os
import re
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from cockpit.adapters.error_reports.file import FileErrorReports
from cockpit.config import Config
from cockpit.config.calendar_section import known_zone
from cockpit.control.conflict_resolver import ConflictResolver
from cockpit.control.feeds.last_visit_feed import LastSeen
from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.engine.revert_pulls import RevertPullOpener
from cockpit.ports import Alerts, ErrorReports, Forge, History, Metrics, Repository, RotaSource

if TYPE_CHECKING:
    from cockpit.adapters.git.mirror import GitMirror

clock = time


def current_user() -> str:
    """Return `user@host`, the user of this terminal as events name them."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def metrics(config: Config) -> Metrics:
    """Open the source of request and error counts."""
    from cockpit.adapters.metrics.scraper import ScrapedMetrics

    metrics, policy = config.metrics, config.policy
    if metrics.kind == "prometheus":
        from cockpit.adapters.metrics.prometheus import ByRoute, PrometheusMetrics

        source = config.prometheus
        tiers = "|".join(re.escape(tier.name) for tier in policy.tiers).replace("\\", "\\\\")  # inside a PromQL string
        placeholders = {"app": config.app, "tiers": tiers}
        queries = (source.requests, source.errors, source.age)
        routes = ByRoute(source.route_requests, source.route_errors, metrics.route)
        return PrometheusMetrics(source.url, *queries, placeholders, policy.gate.fresh, source.timeout, routes)
    return ScrapedMetrics(path=metrics.path, requests=metrics.requests, errors=metrics.errors, route=metrics.route)


async def scrape_interval(config: Config, hosts: Collection[str]) -> float:
    """Return the seconds between two scrapes of these hosts; 0 if it is unknown or there is no Prometheus.

    Raises `Failed`.
    """
    if config.metrics.kind != "prometheus":
        return 0.0
    from cockpit.adapters.metrics import scrape_interval

    return await scrape_interval.scrape_interval(config.prometheus.url, config.prometheus.timeout, hosts)


def alerts(config: Config) -> Alerts | None:
    """Open the source of alerts; None if none is configured."""
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
    """Open the application's repository, through its mirror."""
    return _mirror(config)


def _mirror(config: Config) -> "GitMirror":
    from cockpit.adapters.git.mirror import GitMirror

    url = config.repository.url
    local = config.resolve(url)
    source = str(local) if local.exists() else url
    return GitMirror(source, config.state / "mirror.git", config.repository.main)


def revert_pull_opener(config: Config) -> RevertPullOpener | None:
    """Create the opener of revert PRs; None if they are off. Raises `Failed` without the token's file."""
    section, wants = config.forge, config.repository
    if section.kind == "none" or not (wants.reverts == "pull" or wants.reland):
        return None
    from cockpit.adapters.forges.factory import open_pulls

    file = config.resolve(section.token_file) if section.token_file else None
    pulls = open_pulls(section.kind, section.url, section.project, section.token_env, file, clock)
    return RevertPullOpener(_mirror(config), pulls, wants.main, wants.reverts == "pull", wants.reland)


def reports(config: Config) -> ErrorReports | None:
    """Open the source of error reports; None if none is configured. Raises `Failed` without its token's file."""
    section = config.suspects
    if section.url:
        from cockpit.adapters.error_reports.sentry import SentryErrorReports, read_token

        file = config.resolve(section.token_file) if section.token_file else None
        return SentryErrorReports(section.url, read_token(section.token_env, file, os.environ))
    return FileErrorReports(config.resolve(section.report)) if section.report else None


def rota_source(config: Config) -> RotaSource | None:
    """Open the source of the rota; None if none is configured."""
    from cockpit.adapters.command_runner import LocalCommands
    from cockpit.adapters.rota_source import CommandRotaSource, FileRotaSource

    section = config.rota
    if section.command:
        return CommandRotaSource(LocalCommands(), section.command, config.path.parent, section.timeout)
    return FileRotaSource(config.resolve(section.file)) if section.file else None


def local_zone(config: Config) -> str:
    """Return the time zone of this terminal by TZ, which ssh can pass on; empty if it is the team's."""
    named = os.environ.get("TZ", "").removeprefix(":")
    return named if named != config.policy.calendar.zone and known_zone(named) else ""


def conflict_resolver(config: Config) -> ConflictResolver:
    """Create the resolver that opens the user's editor."""
    from cockpit.adapters.editor import Editor

    return ConflictResolver(_mirror(config), Editor(config.state / "resolving", os.environ), current_user())


def diff_reader(config: Config) -> Callable[[PullRequest], PullDiff]:
    """Return a function that reads a PR's diff from the mirror. It blocks, and raises `Failed` without a mirror."""

    def read_diff(pull: PullRequest) -> PullDiff:
        from cockpit.adapters.git.local_repository import GitHistory

        return GitHistory.at(config.state / "mirror.git").change(pull)

    return read_diff


def forge(config: Config) -> Forge | None:
    """Open the forge; None if none is configured. Raises `Failed` without its token's file."""
    section = config.forge
    if section.kind == "none":
        return None
    from cockpit.adapters.forges.factory import open_forge

    file = config.resolve(section.token_file) if section.token_file else None
    return open_forge(section.kind, section.url, section.project, section.token_env, file, clock)


def origin_of(folder: Path) -> tuple[str, str]:
    """Return (url, main branch) of the repository that this folder is a clone of; empty strings if it is no clone."""
    from cockpit.adapters.git.local_repository import origin_of

    return origin_of(folder)


def last_seen(config: Config, own_folder: bool = False) -> LastSeen:
    """Open the record of the user's last visit, in cockpit's state folder or with `own_folder` in the user's own."""
    from cockpit.adapters.last_seen import FileLastSeen

    return FileLastSeen(None if own_folder else config.state, config.path, current_user(), os.environ)


def open_history(path: Path) -> History:
    """Open the history of any repository on this machine. Raises `Failed` if there is none."""
    from cockpit.adapters.git.local_repository import GitHistory

    return GitHistory.at(path)
