"""Builds the application from its parts. Only this package knows every adapter."""

from cockpit.wiring.context import (
    Context,
    board_dispatcher,
    open_context,
    read_snapshot,
    run_agent,
    run_agent_once,
    run_engine,
    shell_dispatcher,
)
from cockpit.wiring.notifiers import check_people
from cockpit.wiring.screens import check_theme, open_screen, run_screen, serve_watch, shared_path
from cockpit.wiring.systems import (
    alerts,
    clock,
    conflict_resolver,
    current_user,
    forge,
    last_seen,
    metrics,
    open_history,
    origin_of,
    reports,
    repository,
    rota_source,
    scrape_interval,
)

__all__ = [
    "Context",
    "alerts",
    "board_dispatcher",
    "check_people",
    "check_theme",
    "clock",
    "conflict_resolver",
    "current_user",
    "forge",
    "last_seen",
    "metrics",
    "open_context",
    "open_history",
    "open_screen",
    "origin_of",
    "read_snapshot",
    "reports",
    "repository",
    "rota_source",
    "run_agent",
    "run_agent_once",
    "run_engine",
    "run_screen",
    "scrape_interval",
    "serve_watch",
    "shared_path",
    "shell_dispatcher",
]
