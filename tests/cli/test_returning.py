"""The verbs of somebody who comes back or comes next, on a real store."""

import json
from pathlib import Path

import pytest

from cockpit.deploy.schedule.presence import Looked
from tests.cli.test_verbs import run, town
from tests.repositories import Town

__all__ = ["town"]
NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""


def says(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, object]]:
    code, out, _ = run(capsys, *argv, "--json")
    return code, json.loads(out)


@pytest.fixture
def shift(town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Ada has asked for the first release and has handed it over to bob, who works at the same machine."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("socket.gethostname", lambda: "box")
    monkeypatch.setenv("LOGNAME", "ada")
    return monkeypatch


def test_a_hand_over_with_a_note_is_read_before_a_command_is_taken(
    shift: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "install")[0] == 0
    assert run(capsys, "take-over")[0] == 0
    code, told = says(capsys, "hand-over", "--to", "bob@box", "--note", "web-02 is slow")
    assert code == 0
    assert "web-02 is slow" in str(told["steps"])
    shift.setenv("LOGNAME", "bob")
    code, _, err = run(capsys, "abandon")
    assert code == 1
    assert "read the hand-off card first" in err
    assert run(capsys, "hold", "--why", "looks odd")[0] == 0, "stop always wins"
    code, out, err = run(capsys, "handoff")
    assert code == 0
    assert "ada@box gave the conn to bob@box" in out
    assert "web-02 is slow" in out
    assert "held by bob@box" in out
    assert "cockpit card --read" in err
    assert run(capsys, "abandon")[0] == 1, "showing it is not reading it"
    code, card = says(capsys, "handoff")
    assert (code, card["due"]) == (0, True)
    assert run(capsys, "handoff", "--read", "--dry-run")[1].startswith("would read the card")
    assert says(capsys, "handoff")[1]["due"] is True
    assert run(capsys, "handoff", "--read")[0] == 0
    assert says(capsys, "handoff")[1]["due"] is False
    assert run(capsys, "handoff", "--read")[0] == 1
    assert run(capsys, "resume")[0] == 0
    assert run(capsys, "abandon")[0] == 0
    assert run(capsys, "history", "--verify")[0] == 0


def test_a_note_is_written_down_by_anybody_and_needs_words(
    shift: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "note", "too early")[0] == 1
    assert run(capsys, "install")[0] == 0
    assert run(capsys, "take-over")[0] == 0
    shift.setenv("LOGNAME", "eve")
    assert run(capsys, "note", "web-02 \x1b[31mis slow")[0] == 0
    assert run(capsys, "note")[0] == 2
    _, out, _ = run(capsys, "handoff")
    assert "web-02 is slow (eve@box" in out


def test_what_was_missed_is_told_since_the_last_look_or_since_a_time(
    shift: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(capsys, "install")[0] == 0
    code, out, _ = run(capsys, "away")
    assert code == 0
    assert "it is not known when you last looked" in out
    code, out, _ = run(capsys, "away", "--since", "2h")
    assert code == 0
    assert "asked for the first build of main" in out
    from cockpit import wiring
    from cockpit.config import load

    looks = wiring.looks(load(tmp_path / "config.toml"))
    release = says(capsys, "handoff")[1]["release"]
    looks.note(Looked(1.0, str(release), 1))
    assert says(capsys, "away")[1]["events"] == []
    assert run(capsys, "hold", "--why", "looks odd")[0] == 0
    code, told = says(capsys, "away")
    assert code == 0
    assert told["moved"] == [f"{release}: held (looks odd)"]
    assert told["who"] == {"ada@box": 1}
    assert run(capsys, "away", "--since", "soon")[0] == 2
