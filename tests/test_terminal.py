"""A release is driven by keys in a real terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminals import Terminal

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("fleet")]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, "demo")
    yield opened
    opened.close()


def test_a_release_is_started_refused_and_held_by_keys(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until(lambda shown: "SETTING UP" in shown, 5)
    terminal.until(lambda shown: "8 unreleased PRs" in shown)
    terminal.press("s")
    confirmation = terminal.until(lambda shown: "enter confirm" in shown)
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
    assert b"\x1b[?1049l" in terminal.raw, "the normal screen is restored"
    assert list(tmp_path.iterdir()) == []
