"""Who gets what: the one room that knows every adapter."""

from cockpit.wiring.screens import check_theme, run_screen, screen
from cockpit.wiring.worlds import (
    World,
    board_desk,
    clock,
    forge,
    history_at,
    look,
    reports,
    repository,
    resolver,
    run_agent,
    run_agent_once,
    run_engine,
    shell_desk,
    who,
    world,
)

__all__ = [
    "World",
    "board_desk",
    "check_theme",
    "clock",
    "forge",
    "history_at",
    "look",
    "reports",
    "repository",
    "resolver",
    "run_agent",
    "run_agent_once",
    "run_engine",
    "run_screen",
    "screen",
    "shell_desk",
    "who",
    "world",
]
