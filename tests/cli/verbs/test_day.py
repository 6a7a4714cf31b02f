"""The deploy day in a shell, on both stores: freeze, refusal, override, thaw, and the day as it went."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.test_verbs import CONFIG, run, town
from tests.consuls import ConsulProcess
from tests.repositories import Town

__all__ = ["town"]
ALWAYS = """
[calendar]
zone = "Asia/Kolkata"
[calendar.slots]
night = "00:00-12:00"
day = "12:00-24:00"
[rota]
people = ["somebody"]
"""
NEVER = """
[calendar]
zone = "Asia/Kolkata"
[calendar.hours]
"""


@pytest.fixture(params=["sqlite", "consul"])
def configured(request: pytest.FixtureRequest, town: Town) -> Callable[[str], None]:
    """Writes the config with those further sections."""
    store = ""
    if request.param == "consul":
        server: ConsulProcess = request.getfixturevalue("consul")
        store = f'[store]\nkind = "consul"\naddress = "127.0.0.1:{server.http}"\nroot = "tests/{uuid4()}"\n'

    def write(more: str) -> None:
        Path("config.toml").write_text(f"{CONFIG}{store}{more}")

    write("")
    return write


def test_a_freeze_is_seen_by_everybody_refuses_a_start_and_ends_with_a_thaw(
    configured: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "freeze", "--until", "2h", "--why", "audit")
    assert (code, "no release yet" in err) == (1, True)
    assert run(capsys, "install")[0] == 0
    assert run(capsys, "freeze", "--until", "2h")[2] == "refused: a freeze needs a reason: say --why\n"
    assert "needs its end" in run(capsys, "freeze", "--why", "audit")[2]
    code, out, _ = run(capsys, "freeze", "--until", "2h", "--why", "audit", "--dry-run")
    assert (code, out.startswith("would freeze until ")) == (0, True)
    assert json.loads(run(capsys, "status", "--json")[1])["day"]["frozen"] is None
    assert run(capsys, "freeze", "--until", "2h", "--why", "audit \x1b[2J")[0] == 0
    assert " FROZEN  until " in run(capsys, "status")[1]
    told = json.loads(run(capsys, "status", "--json")[1])["day"]
    assert (told["open"], told["frozen"]["why"]) == (False, "audit ")
    assert run(capsys, "abandon")[0] == 0
    code, out, _ = run(capsys, "thaw", "--json")
    assert (code, json.loads(out)["done"]) == (0, True)
    assert run(capsys, "thaw")[2] == "refused: nothing is frozen\n"
    (freeze,) = json.loads(run(capsys, "day", "--json")[1])["freezes"]
    assert freeze["lifted"] is True
    assert run(capsys, "history", "--verify")[0] == 0


def test_the_day_names_its_slots_whose_they_are_and_what_was_started_in_them(
    configured: Callable[[str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(ALWAYS.replace("somebody", _me()))
    monkeypatch.setenv("TZ", "America/New_York")
    assert run(capsys, "install")[0] == 0
    told = json.loads(run(capsys, "day", "--json")[1])
    assert [slot["name"] for slot in told["slots"]] == ["night", "day"]
    (now,) = [slot for slot in told["slots"] if slot["state"] == "now"]
    assert (now["commander"], [release["ended"] for release in now["releases"]]) == (_me(), ["open"])
    assert told["now"]["slot"]["name"] == now["name"]
    out = run(capsys, "day")[1]
    assert "times are Asia/Kolkata; in brackets America/New_York, yours" in out
    assert "NEXT DAYS" in out
    assert json.loads(run(capsys, "day", "2026-12-01", "--json")[1])["date"] == "2026-12-01"
    assert "Tue 1 Dec 2026" in run(capsys, "day", "2026-12-01")[1]
    for bad in ("tomorow", "2026-02-30", "9999-12-31"):
        code, _, err = run(capsys, "day", bad)
        assert (code, err) == (2, f"cockpit: {bad} is no date: write it as 2026-12-01\n")


def test_in_the_slot_of_another_the_conn_is_taken_with_a_reason(
    configured: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured(ALWAYS)
    code, _, err = run(capsys, "install")
    assert code == 1
    assert "is somebody's slot, and nobody has the conn: take-over takes it, with a reason" in err
    assert "needs a reason" in run(capsys, "take-over")[2]
    assert run(capsys, "take-over", "--why", "somebody is ill")[0] == 0
    assert run(capsys, "install")[0] == 0


def test_a_rota_that_a_command_prints_counts_and_its_failure_is_said_and_hides_nothing(
    configured: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    rota = f'[rota]\npeople = ["{_me()}"]\ncommand = ["cat", "who"]\n'
    configured(ALWAYS.partition("[rota]")[0] + rota)
    Path("who").write_text("another@box\n")
    told = json.loads(run(capsys, "status", "--json")[1])["day"]
    assert (told["commander"], told["rota_trouble"]) == ("another@box", None)
    assert run(capsys, "check")[1].count("another@box") == 1
    Path("who").unlink()
    code, out, _ = run(capsys, "status")
    assert code == 0
    assert "cat ended with 1" in out
    told = json.loads(run(capsys, "status", "--json")[1])["day"]
    assert (told["commander"], "stand in" in told["rota_trouble"]) == (_me(), True)


def test_hold_and_rollback_wait_for_no_rota(
    configured: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured("")
    assert run(capsys, "install")[0] == 0
    configured('[rota]\ncommand = ["touch", "asked"]\n')
    assert run(capsys, "hold")[0] == 0
    assert "nothing to go back to" in run(capsys, "rollback")[2]
    assert not Path("asked").exists()
    assert run(capsys, "resume")[0] == 0
    assert Path("asked").exists()


def _me() -> str:
    from cockpit import wiring

    return wiring.who()
