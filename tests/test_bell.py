"""A commander's terminal: what rings if the commander changes, and what is recorded if the connection breaks."""

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.deploy.schedule.presence import Sign
from tests.process_company import ProcessCompany
from tests.terminals import Terminal

pytestmark = pytest.mark.xdist_group("fleet")
NOTICE = b"\x1b]9;shop: bob@"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessCompany:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGNAME", "ada")
    return ProcessCompany(tmp_path)


@pytest.fixture
def ada(company: ProcessCompany) -> Iterator[Terminal]:
    opened = Terminal(company.folder, "--config", str(company.folder / "config.toml"))
    opened.until(lambda shown: "commander you" in shown)
    yield opened
    opened.close()


def take_over(company: ProcessCompany, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", person)
    assert company.json("take-over", "--why", "a fire")["done"]


def test_the_desktop_is_notified_once_and_only_without_focus(
    company: ProcessCompany, ada: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_over(company, "bob", monkeypatch)
    ada.until(lambda shown: "READ-ONLY" in shown)
    ada.until(lambda _: NOTICE in ada.raw)
    take_over(company, "ada", monkeypatch)
    ada.until(lambda shown: "commander you" in shown)

    ada.press("\x1b[O\x1b[I")  # focus lost, focus gained
    ada.press("?")
    ada.until(lambda shown: "COMMANDS" in shown)  # the focus reports have been read
    ada.press("\x1b")
    ada.until(lambda shown: "commander you" in shown)
    rung = ada.raw.count(b"\x07")
    take_over(company, "bob", monkeypatch)
    ada.until(lambda shown: "READ-ONLY" in shown and "your screen is read-only" in shown)
    assert ada.raw.count(NOTICE) == 1
    assert ada.raw.count(b"\x07") == rung + 1, "the bell alone"

    take_over(company, "ada", monkeypatch)
    ada.until(lambda shown: "commander you" in shown)
    ada.press("\x1b[O")
    take_over(company, "bob", monkeypatch)
    ada.until(lambda _: ada.raw.count(NOTICE) == 2)
    shown = ada.until(lambda shown: "READ-ONLY" in shown)
    assert "]9;" not in shown, "the notification changes no cell"


@pytest.mark.parametrize(("ends", "sign"), [("quit", Sign.LEFT), ("hangup", Sign.LOST)])
def test_a_broken_connection_is_recorded_as_lost_and_a_closed_screen_as_left(
    company: ProcessCompany, ada: Terminal, ends: str, sign: Sign
) -> None:
    if ends == "quit":
        ada.press("q")
    else:
        ada.child.kill(signal.SIGHUP)
    ada.ended()
    config = load(company.folder / "config.toml")
    with sqlite3.connect(config.resolve(config.store.path)) as store:
        (value,) = store.execute("SELECT value FROM entries WHERE key = ?", (store_keys.PRESENCE,)).fetchone()
    assert f'"sign":"{sign}"'.encode() in value
    assert b'"person":"ada@' in value
