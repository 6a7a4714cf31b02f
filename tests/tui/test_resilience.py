"""What happens to a terminal happens to the screen, too: it is resized, stopped, lost, and comes back or ends."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.shops import within
from tests.terminals import PATIENCE, SMALLEST, Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "config.toml").write_text(SMALLEST)
    made = Terminal(tmp_path, "--config", str(tmp_path / "config.toml"))
    made.until(lambda shown: "TIERS" in shown and "conn you" in shown)
    yield made
    made.close()


def state(pid: int) -> str:
    """What the kernel says a process is at: `T` is stopped; empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_a_terminal_of_five_rows_and_back_shows_the_whole_picture_again(terminal: Terminal) -> None:
    terminal.resize(20, 5)
    terminal.until(lambda shown: "shop" in shown and "TIERS" not in shown)
    terminal.resize(120, 40)
    terminal.until(lambda shown: all(word in shown for word in ("TIERS", "PULL REQUESTS", "EVENTS", "quit")))


def test_ctrl_z_gives_the_shell_its_terminal_and_coming_back_paints_all_of_it(terminal: Terminal) -> None:
    pid = int(terminal.child.pid or 0)
    terminal.press("\x1a")
    within(lambda: state(pid) == "T", PATIENCE)
    terminal.until(lambda _: b"\x1b[?1049l" in terminal.raw)
    left = terminal.raw.rindex(b"\x1b[?1049l")
    assert b"\x1b[0m" in terminal.raw[:left][-400:], "the shell's prompt is not in our colours"
    terminal.screen.reset()
    os.kill(pid, signal.SIGCONT)
    terminal.until(lambda shown: "TIERS" in shown and "PULL REQUESTS" in shown)


@pytest.mark.parametrize("way", ["hangup", "line lost"])
def test_with_the_line_the_screen_ends_and_lets_go_of_the_conn(terminal: Terminal, tmp_path: Path, way: str) -> None:
    pid = int(terminal.child.pid or 0)
    terminal.until(lambda shown: "conn you" in shown)
    if way == "hangup":
        os.kill(pid, signal.SIGHUP)
        assert terminal.ended() == 0
    else:
        terminal.child.ptyproc.fileobj.close()  # type: ignore[attr-defined]  # the kernel hangs up
        within(lambda: not terminal.child.isalive(), PATIENCE)
    again = Terminal(tmp_path, "--config", str(tmp_path / "config.toml"))
    again.until(lambda shown: "conn you" in shown)
    again.press("q")
    assert again.ended() == 0


def test_a_folder_that_goes_away_is_said_and_the_keys_still_work(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    (tmp_path / "state").write_text("no folder")
    terminal.until(lambda shown: "? store" in shown)
    terminal.press("?")
    terminal.until(lambda shown: "COMMANDS" in shown)
    terminal.press("\x1b")
    terminal.until(lambda shown: "TIERS" in shown)
    terminal.press("q")
    assert terminal.ended() == 0
