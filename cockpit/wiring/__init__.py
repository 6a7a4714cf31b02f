"""Who gets what: the one room that knows every adapter."""

from cockpit.wiring.screens import check_theme, run_screen, screen
from cockpit.wiring.systems import (
    alerts,
    clock,
    forge,
    history_at,
    metrics,
    reports,
    repository,
    resolver,
    scraped_every,
    who,
)
from cockpit.wiring.worlds import (
    World,
    board_desk,
    look,
    run_agent,
    run_agent_once,
    run_engine,
    shell_desk,
    world,
)

__all__ = [
    "World", "alerts", "board_desk", "check_theme", "clock", "forge", "history_at", "look", "metrics", "reports",
    "repository", "resolver", "run_agent", "run_agent_once", "run_engine", "run_screen", "scraped_every", "screen",
    "shell_desk", "who", "world",
]  # fmt: skip
