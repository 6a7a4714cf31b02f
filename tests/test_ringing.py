"""A commander's real terminal: what it is told when the conn goes, and what is noted when its line breaks."""

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.deploy.schedule.presence import Sign
from tests.terminals import Terminal
from tests.yards import Yard

pytestmark = pytest.mark.xdist_group("fleet")
NOTICE = b"\x1b]9;yard: bob@"


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGNAME", "ada")
    return Yard(tmp_path)


@pytest.fixture
def ada(yard: Yard) -> Iterator[Terminal]:
    made = Terminal(yard.folder, "--config", str(yard.folder / "config.toml"))
    made.until(lambda shown: "conn you" in shown)
    yield made
    made.close()


def take(yard: Yard, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", person)
    assert yard.say("take-over", "--why", "a fire")["done"]


def test_the_desktop_is_told_once_and_only_while_nobody_looks(
    yard: Yard, ada: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(yard, "bob", monkeypatch)
    ada.until(lambda shown: "READ-ONLY" in shown)
    ada.until(lambda _: NOTICE in ada.raw)
    take(yard, "ada", monkeypatch)
    ada.until(lambda shown: "conn you" in shown)

    ada.press("\x1b[O\x1b[I")  # the terminal reports that it was left, and that it is looked at again
    ada.press("?")
    ada.until(lambda shown: "COMMANDS" in shown)  # it has read what came before
    ada.press("\x1b")
    ada.until(lambda shown: "conn you" in shown)
    rung = ada.raw.count(b"\x07")
    take(yard, "bob", monkeypatch)
    ada.until(lambda shown: "READ-ONLY" in shown and "you only read" in shown)
    assert ada.raw.count(NOTICE) == 1
    assert ada.raw.count(b"\x07") == rung + 1, "the bell alone"

    take(yard, "ada", monkeypatch)
    ada.until(lambda shown: "conn you" in shown)
    ada.press("\x1b[O")
    take(yard, "bob", monkeypatch)
    ada.until(lambda _: ada.raw.count(NOTICE) == 2)
    shown = ada.until(lambda shown: "READ-ONLY" in shown)
    assert "]9;" not in shown, "the picture is as it would be without"


@pytest.mark.parametrize(("ends", "sign"), [("quit", Sign.LEFT), ("hang up", Sign.LOST)])
def test_a_line_that_breaks_is_told_from_a_screen_that_is_closed(
    yard: Yard, ada: Terminal, ends: str, sign: Sign
) -> None:
    if ends == "quit":
        ada.press("q")
    else:
        ada.child.kill(signal.SIGHUP)
    ada.ended()
    config = load(yard.folder / "config.toml")
    with sqlite3.connect(config.resolve(config.store.path)) as store:
        (value,) = store.execute("SELECT value FROM entries WHERE key = ?", (store_keys.PRESENCE,)).fetchone()
    assert f'"sign":"{sign}"'.encode() in value
    assert b'"person":"ada@' in value
