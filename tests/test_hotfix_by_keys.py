"""A whole hotfix by keys alone, in a real terminal on the demo's company; each key waits for what the screen says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.demo.history import Story, read_history
from tests.terminals import Terminal

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("fleet")]

PATIENCE = 90.0
"""Seconds for what takes the company a few: it is never waited for longer than it takes."""
SEED = 1
STEPS = ("canary", "10 %", "25 %", "50 %", "75 %", "100 %")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, "demo", "--story", "hotfix", "--seed", str(SEED))
    yield made
    made.close()


def verdict(shown: str) -> str:
    """The word of the second line, `GO` for example."""
    return shown.split("\n")[1].strip().partition("  ")[0]


def step(shown: str) -> str:
    return shown.split("\n", maxsplit=1)[0]


def give(terminal: Terminal, key: str, number: str = "") -> None:
    """Press a command's key, type the release's number where it is asked for, and confirm."""
    terminal.press(key)
    terminal.until(lambda shown: "leave it" in shown, PATIENCE)
    if number:
        terminal.until(lambda shown: f"type {number} to go past half" in shown, PATIENCE)
        terminal.press(number)
    terminal.press("\r")
    terminal.until(lambda shown: "leave it" not in shown, PATIENCE)


def climb(terminal: Terminal, release: str, steps: tuple[str, ...]) -> None:
    """Advance step by step, each once the gate says GO for the one before."""
    for name in steps:
        terminal.until(lambda shown: verdict(shown) == "GO", PATIENCE)
        give(terminal, "a", release if name in ("75 %", "100 %") else "")
        terminal.until(lambda shown, name=name: name in step(shown), PATIENCE)  # type: ignore[misc]


def test_a_bad_pr_is_found_at_dogfood_reverted_and_the_rest_taken_to_everybody(terminal: Terminal) -> None:
    terminal.until(lambda shown: "8 unreleased PRs" in shown, PATIENCE)
    give(terminal, "s")
    shown = terminal.until(lambda shown: "staging" in step(shown) and verdict(shown) == "GO", PATIENCE)
    found = re.search(r"\d{4}-\d\d-\d\d\.(\d+)", step(shown))
    assert found, shown
    climb(terminal, found[1], ("dogfood",))
    terminal.until(lambda shown: verdict(shown) in ("HOLD", "ROLL BACK"), PATIENCE)

    bad = read_history(Story.HOTFIX, SEED).bad
    assert bad
    terminal.press(f"2/#{bad.number}\r")
    terminal.until(lambda shown: "1 of 8" in shown and f"▸#{bad.number}" in shown, PATIENCE)
    terminal.press("r")
    confirmation = terminal.until(lambda shown: "leave it" in shown, PATIENCE)
    assert f"revert #{bad.number} " in confirmation
    terminal.press("\r")
    terminal.until(lambda shown: "reverted on main and picked" in shown, PATIENCE)
    shown = terminal.until(lambda shown: "staging" in step(shown) and verdict(shown) == "GO", PATIENCE)
    assert "1 hotfix" in step(shown)
    climb(terminal, found[1], ("dogfood", *STEPS))
    terminal.until(lambda shown: "is on every host: finish it" in shown, PATIENCE)
    give(terminal, "f")
    terminal.until(lambda shown: "IDLE" in shown and "finished" in shown, PATIENCE)
    terminal.press("q")
    assert terminal.ended() == 0
