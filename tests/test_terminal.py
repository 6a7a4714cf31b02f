"""A release by keys in a real terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminals import Terminal

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("fleet")]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, "demo")
    yield made
    made.close()


def test_a_release_is_started_refused_held_and_left_by_keys(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until(lambda shown: "SETTING UP" in shown, 5)
    terminal.until(lambda shown: "8 unreleased PRs" in shown)
    terminal.press("s")
    confirmation = terminal.until(lambda shown: "enter do it" in shown)
    assert "from main with 8 PRs" in confirmation
    terminal.press("\r")
    shown = terminal.until(lambda shown: " GO " in shown and "smoke test passed" in shown)
    assert "[@click=app.quit]" in shown
    terminal.press("f")
    terminal.until(lambda shown: "abandon it" in shown)
    terminal.press("h")
    terminal.until(lambda shown: "HELD" in shown)
    terminal.press("q")
    assert terminal.ended() == 0
    assert b"\x1b[?1049l" in terminal.raw, "the terminal is as it was"
    assert list(tmp_path.iterdir()) == []
