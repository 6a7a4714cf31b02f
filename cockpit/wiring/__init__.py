"""Who gets what: the one room that knows every adapter."""

from cockpit.wiring.context import (
    Context,
    board_dispatcher,
    look,
    open_context,
    run_agent,
    run_agent_once,
    run_engine,
    shell_dispatcher,
)
from cockpit.wiring.notifiers import check_people
from cockpit.wiring.screens import check_theme, run_screen, screen, serve_watch, shared
from cockpit.wiring.systems import (
    alerts,
    clock,
    forge,
    history_at,
    looks,
    metrics,
    origin_of,
    reports,
    repository,
    resolver,
    roster,
    scraped_every,
    who,
)

__all__ = [
    "Context",
    "alerts",
    "board_dispatcher",
    "check_people",
    "check_theme",
    "clock",
    "forge",
    "history_at",
    "look",
    "looks",
    "metrics",
    "open_context",
    "origin_of",
    "reports",
    "repository",
    "resolver",
    "roster",
    "run_agent",
    "run_agent_once",
    "run_engine",
    "run_screen",
    "scraped_every",
    "screen",
    "serve_watch",
    "shared",
    "shell_dispatcher",
    "who",
]
