"""Who gets what: the one room that knows every adapter."""

from cockpit.wiring.context import World, board_desk, look, run_agent, run_agent_once, run_engine, shell_desk, world
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
    "World",
    "alerts",
    "board_desk",
    "check_people",
    "check_theme",
    "clock",
    "forge",
    "history_at",
    "look",
    "looks",
    "metrics",
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
    "shell_desk",
    "who",
    "world",
]
