"""A commander's screen is killed while a release is open: it is held and the next on the rota is notified."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.process_company import ProcessCompany
from tests.stores import store_section
from tests.terminals import Terminal

pytestmark = pytest.mark.xdist_group("fleet")

DEADMAN = """
[rota]
people = ["ada", "bob"]
[commander]
deadman = 4.0
kept = 1.0
"""


@pytest.fixture(params=["sqlite", "consul"])
def company(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessCompany:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    return ProcessCompany(tmp_path, store_section(request.param, request) + DEADMAN, build="sleep 0.1")


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def open_screen(company: ProcessCompany, person: str, ends: ExitStack, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """That person's cockpit on a terminal of its own."""
    monkeypatch.setenv("LOGNAME", person)
    terminal = Terminal(company.folder, "--config", str(company.folder / "config.toml"))
    ends.callback(terminal.close)
    return terminal


def test_the_next_person_reads_the_handoff_of_a_killed_commander_before_a_command(
    company: ProcessCompany, ends: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    ends.enter_context(company.process("engine"))
    ends.enter_context(company.agents())
    first = company.retry("install")["release"]
    company.until(first, "Finished")
    company.origin.squash_pr(7, "Good", {"good.txt": "good\n"})
    release = company.retry("start")["release"]
    company.until(release, "SmokePassed")
    ada = open_screen(company, "ada", ends, monkeypatch)
    ada.until(lambda shown: "commander you" in shown)
    bob = open_screen(company, "bob", ends, monkeypatch)
    bob.until(lambda shown: "READ-ONLY" in shown)
    assert ada.child.pid is not None
    os.kill(ada.child.pid, signal.SIGKILL)
    company.until(release, "CommanderLost")
    events = company.json("history", release)["events"]
    held = next(event for event in events if event["what"]["type"] == "Held")
    assert held["by"] == "engine"
    assert held["why"].startswith("ada@")
    assert " lost for " in held["why"]
    lost = next(event for event in events if event["what"]["type"] == "CommanderLost")
    assert (lost["what"]["following"], lost["what"]["how"]) == ("bob", "sitting")

    bob.until(lambda shown: "HANDOFF" in shown and "commander ada@" in shown and "lost contact" in shown)
    notice = b"\x1b]9;shop: " + release.encode() + b" is held, ada@"
    assert bob.raw.count(notice) == 1
    assert bob.raw.count(b"\x07") >= 1
    bob.press("\x1b")
    bob.until(lambda shown: "HANDOFF" not in shown)
    bob.press("u")
    bob.until(lambda shown: "read the handoff first" in shown)
    code, stderr = company.run("resume")
    assert code == 1
    assert "cockpit handoff --read" in stderr

    bob.press("N")
    shown = bob.until(lambda shown: "OPEN QUESTIONS" in shown)
    assert "mark as read" in shown
    assert "held by engine" in shown
    bob.press("\r")
    company.until(release, "CardRead")
    bob.until(lambda shown: "HANDOFF" not in shown)
    bob.press("u")
    bob.until(lambda shown: "enter confirm" in shown)
    bob.press("\r")
    company.until(release, "Resumed")
    bob.until(lambda shown: "commander you" in shown)
    assert bob.raw.count(notice) == 1
    assert company.events(release).count("CommanderLost") == 1
    assert company.json("history", "--verify")["broken"] == []
