"""A whole hotfix by keys alone, in a real terminal on the demo's company; each key waits for what the screen says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.demo.shop_history import Story, read_history
from tests.terminals import Terminal

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("fleet"), pytest.mark.timeout(900)]

PATIENCE = 90.0
"""Seconds for what takes the company a few: it is never waited for longer than it takes."""
SEED = 1
PAST_HALF = ("75 %", "100 %")
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


def confirm(terminal: Terminal, key: str, says: str) -> None:
    """Press a command's key and, once the confirmation says what it would do, Enter."""
    terminal.press(key)
    terminal.until(lambda shown: "esc cancel" in shown and says in shown, PATIENCE)
    terminal.press("\r")
    terminal.until(lambda shown: "esc cancel" not in shown, PATIENCE)


def advance(terminal: Terminal, release: str, name: str) -> None:
    """Take the next step once the gate says GO; where it changes its mind meanwhile, leave it and look again."""
    while True:
        terminal.until(lambda shown: verdict(shown) == "GO" and "the gate says" not in shown, PATIENCE)
        terminal.press("a")
        shown = terminal.until(lambda shown: "esc cancel" in shown or "the gate says" in shown, PATIENCE)
        if "esc cancel" in shown and "the gate says" not in shown:
            if name in PAST_HALF:
                assert f"type {release} to go past half of production" in shown
                terminal.press(release)
            terminal.press("\r")
            shown = terminal.until(
                lambda shown: name in step(shown) or "Nothing was done" in shown or "the gate says" in shown, PATIENCE
            )
            if name in step(shown):
                return
        if "esc cancel" in shown:
            terminal.press("\x1b")
            terminal.until(lambda shown: "esc cancel" not in shown, PATIENCE)


def test_a_bad_pr_is_found_at_dogfood_reverted_and_the_rest_taken_to_everybody(terminal: Terminal) -> None:
    bad = read_history(Story.HOTFIX, SEED).bad
    assert bad
    terminal.until(lambda shown: "8 unreleased PRs" in shown, PATIENCE)
    confirm(terminal, "s", "from main with 8 PRs")
    shown = terminal.until(lambda shown: "staging" in step(shown), PATIENCE)
    found = re.search(r"\d{4}-\d\d-\d\d\.(\d+)", step(shown))
    assert found, shown
    advance(terminal, found[1], "dogfood")
    terminal.until(lambda shown: verdict(shown) in ("HOLD", "ROLL BACK"), PATIENCE)

    terminal.press(f"2/#{bad.number}\r")
    terminal.until(lambda shown: "1 of 8" in shown and f"▸#{bad.number}" in shown, PATIENCE)
    confirm(terminal, "r", f"revert #{bad.number} ")
    shown = terminal.until(lambda shown: "1 hotf" in step(shown) and "staging" in step(shown), PATIENCE)
    assert f"#{bad.number}" in shown.split("\n")[4], "the track has the loop"
    for name in ("dogfood", *STEPS):
        advance(terminal, found[1], name)

    terminal.until(lambda shown: "is on every host: finish it" in shown, PATIENCE)
    confirm(terminal, "f", f"finish {found[0]}")
    terminal.until(lambda shown: "IDLE" in shown and "finished" in shown, PATIENCE)
    terminal.press("q")
    assert terminal.ended() == 0
