"""The screen while its terminal is resized, suspended or lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminals import PATIENCE, SMALLEST, Terminal
from tests.waiting import wait_until


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "config.toml").write_text(SMALLEST)
    opened = Terminal(tmp_path, "--config", str(tmp_path / "config.toml"))
    opened.until(lambda shown: "TIERS" in shown and "commander you" in shown)
    yield opened
    opened.close()


def state(pid: int) -> str:
    """Return the state of a process by the kernel: `T` is stopped; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_a_terminal_resized_to_five_rows_and_back_shows_every_panel_again(terminal: Terminal) -> None:
    terminal.resize(20, 5)
    terminal.until(lambda shown: "shop" in shown and "TIERS" not in shown)
    terminal.resize(120, 40)
    terminal.until(lambda shown: all(word in shown for word in ("TIERS", "PULL REQUESTS", "EVENTS", "quit")))


def test_ctrl_z_suspends_to_the_shell_and_resuming_repaints_the_screen(terminal: Terminal) -> None:
    pid = int(terminal.child.pid or 0)
    terminal.press("\x1a")
    wait_until(lambda: state(pid) == "T", PATIENCE)
    terminal.until(lambda _: b"\x1b[?1049l" in terminal.raw)
    suspended = terminal.raw.rindex(b"\x1b[?1049l")
    assert b"\x1b[0m" in terminal.raw[:suspended][-400:], "the style is reset before the shell's prompt"
    terminal.screen.reset()
    os.kill(pid, signal.SIGCONT)
    terminal.until(lambda shown: "TIERS" in shown and "PULL REQUESTS" in shown)


@pytest.mark.parametrize("cause", ["hangup", "connection lost"])
def test_a_broken_connection_ends_the_screen_and_releases_the_lease(
    terminal: Terminal, tmp_path: Path, cause: str
) -> None:
    pid = int(terminal.child.pid or 0)
    terminal.until(lambda shown: "commander you" in shown)
    if cause == "hangup":
        os.kill(pid, signal.SIGHUP)
        assert terminal.ended() == 0
    else:
        terminal.child.ptyproc.fileobj.close()  # type: ignore[attr-defined]  # the kernel hangs up
        wait_until(lambda: not terminal.child.isalive(), PATIENCE)
    second = Terminal(tmp_path, "--config", str(tmp_path / "config.toml"))
    second.until(lambda shown: "commander you" in shown)
    second.press("q")
    assert second.ended() == 0


def test_a_lost_state_folder_is_reported_and_the_keys_still_work(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    (tmp_path / "state").write_text("no folder")
    terminal.until(lambda shown: "? store" in shown)
    terminal.press("?")
    terminal.until(lambda shown: "COMMANDS" in shown)
    terminal.press("\x1b")
    terminal.until(lambda shown: "TIERS" in shown)
    terminal.press("q")
    assert terminal.ended() == 0
