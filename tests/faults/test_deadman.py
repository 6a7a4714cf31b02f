"""A commander is killed with a release open: it is held, the next one told, and the card read before a command."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.consul_server import ConsulProcess
from tests.process_company import ProcessCompany
from tests.terminals import Terminal

pytestmark = pytest.mark.xdist_group("fleet")

WATCHFUL = """
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
    store = ""
    if request.param == "consul":
        server: ConsulProcess = request.getfixturevalue("consul")
        store = f'[store]\nkind = "consul"\naddress = "127.0.0.1:{server.http}"\nroot = "{tmp_path.name}"\n'
    return ProcessCompany(tmp_path, store + WATCHFUL, build="sleep 0.1")


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sits(company: ProcessCompany, person: str, ends: ExitStack, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A cockpit of that person on a terminal of its own."""
    monkeypatch.setenv("LOGNAME", person)
    made = Terminal(company.folder, "--config", str(company.folder / "config.toml"))
    ends.callback(made.close)
    return made


def test_a_commander_who_is_killed_is_followed_by_the_next_who_reads_the_card_first(
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
    ada = sits(company, "ada", ends, monkeypatch)
    ada.until(lambda shown: "commander you" in shown)
    bob = sits(company, "bob", ends, monkeypatch)
    bob.until(lambda shown: "READ-ONLY" in shown)
    assert ada.child.pid is not None
    os.kill(ada.child.pid, signal.SIGKILL)
    company.until(release, "CommanderLost")
    told = company.json("history", release)["events"]
    held = next(event for event in told if event["what"]["type"] == "Held")
    assert held["by"] == "engine"
    assert held["why"].startswith("ada@")
    assert " lost for " in held["why"]
    lost = next(event for event in told if event["what"]["type"] == "CommanderLost")
    assert (lost["what"]["following"], lost["what"]["how"]) == ("bob", "sitting")

    bob.until(lambda shown: "HANDOFF" in shown and "nobody watches since ada@" in shown)
    notice = b"\x1b]9;shop: " + release.encode() + b" is held, ada@"
    assert bob.raw.count(notice) == 1
    assert bob.raw.count(b"\x07") >= 1
    bob.press("\x1b")
    bob.until(lambda shown: "HANDOFF" not in shown)
    bob.press("u")
    bob.until(lambda shown: "read the handoff first" in shown)
    code, said = company.run("resume")
    assert code == 1
    assert "cockpit card --read" in said

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
