"""A whole hotfix by keys, in a real terminal on the demo's company. Each key waits for the text that allows it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.demo.shop_history import Story, read_history
from tests.terminals import Terminal

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("fleet"), pytest.mark.timeout(900)]

PATIENCE = 90.0
"""Seconds until a wait fails; each wait takes a few."""
SEED = 1
PACE = "3"
PAST_HALF = ("75 %", "100 %")
STEPS = ("canary", "10 %", "25 %", "50 %", "75 %", "100 %")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, "demo", "--story", "hotfix", "--seed", str(SEED), "--pace", PACE)
    yield terminal
    terminal.close()


def verdict(shown: str) -> str:
    """The verdict in the second line, `GO` for example."""
    return shown.split("\n")[1].strip().partition("  ")[0]


def step(shown: str) -> str:
    return shown.split("\n", maxsplit=1)[0]


def confirm(terminal: Terminal, key: str, plan: str) -> None:
    """Press a command's key and, once the confirmation shows the plan, Enter."""
    terminal.press(key)
    terminal.until(lambda shown: "esc cancel" in shown and plan in shown, PATIENCE)
    terminal.press("\r")
    terminal.until(lambda shown: "esc cancel" not in shown, PATIENCE)


def advance(terminal: Terminal, release: str, name: str) -> None:
    """Take the next step on GO. If the verdict changes meanwhile, cancel and try again."""
    while True:
        terminal.until(lambda shown: verdict(shown) == "GO" and "the gate says" not in shown, PATIENCE)
        terminal.press("a")
        shown = terminal.until(lambda shown: "esc cancel" in shown or "the gate says" in shown, PATIENCE)
        if "esc cancel" in shown and "the gate says" not in shown:
            if name in PAST_HALF:
                assert f"type {release} to pass half of production" in shown
                terminal.press(release)
            terminal.press("\r")
            shown = terminal.until(
                lambda shown: name in step(shown) or "Not executed" in shown or "the gate says" in shown, PATIENCE
            )
            if name in step(shown):
                return
        if "esc cancel" in shown:
            terminal.press("\x1b")
            terminal.until(lambda shown: "esc cancel" not in shown, PATIENCE)


def test_a_bad_pr_is_reverted_at_dogfood_and_the_rest_reaches_every_host(terminal: Terminal) -> None:
    bad = read_history(Story.HOTFIX, SEED).bad
    assert bad
    terminal.until(lambda shown: "8 unreleased PRs" in shown, PATIENCE)
    confirm(terminal, "s", "from main with 8 PRs")
    shown = terminal.until(lambda shown: "staging" in step(shown), PATIENCE)
    match = re.search(r"\d{4}-\d\d-\d\d\.(\d+)", step(shown))
    assert match, shown
    advance(terminal, match[1], "dogfood")
    terminal.until(lambda shown: verdict(shown) in ("HOLD", "ROLL BACK"), PATIENCE)

    terminal.press(f"2/#{bad.number}\r")
    terminal.until(lambda shown: "1 of 8" in shown and f"▸#{bad.number}" in shown, PATIENCE)
    confirm(terminal, "r", f"revert #{bad.number} ")
    shown = terminal.until(lambda shown: "1 hotf" in step(shown) and "staging" in step(shown), PATIENCE)
    assert f"#{bad.number}" in shown.split("\n")[4], "the track shows the hotfix"
    for name in ("dogfood", *STEPS):
        advance(terminal, match[1], name)

    terminal.until(lambda shown: "runs on every host: finish it" in shown, PATIENCE)
    confirm(terminal, "f", f"finish {match[0]}")
    terminal.until(lambda shown: "IDLE" in shown and "finished" in shown, PATIENCE)
    terminal.press("q")
    assert terminal.ended() == 0
