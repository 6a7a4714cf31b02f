"""`cockpit day` on both stores: slots, releases and the rota."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit import wiring
from tests.cli.shell import Capsys, run, run_json

CALENDAR = """
[calendar]
zone = "Asia/Kolkata"
[calendar.slots]
night = "00:00-12:00"
day = "12:00-24:00"
"""


def test_the_day_names_its_slots_their_commanders_and_their_releases(
    configure: Callable[[str], None], capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(f'{CALENDAR}[rota]\npeople = ["{wiring.current_user()}"]\n')
    monkeypatch.setenv("TZ", "America/New_York")
    assert run(capsys, "install")[0] == 0
    day = run_json(capsys, "day")[1]
    assert [slot["name"] for slot in day["slots"]] == ["night", "day"]
    (now,) = [slot for slot in day["slots"] if slot["state"] == "now"]
    assert (now["commander"], [release["ended"] for release in now["releases"]]) == (wiring.current_user(), ["open"])
    assert day["now"]["slot"]["name"] == now["name"]
    out = run(capsys, "day")[1]
    assert "times are Asia/Kolkata; in brackets your zone, America/New_York" in out
    assert "NEXT DAYS" in out


def test_another_day_is_printed(configure: Callable[[str], None], capsys: Capsys) -> None:
    configure(CALENDAR)
    assert run_json(capsys, "day", "2026-12-01")[1]["date"] == "2026-12-01"
    assert "Tue 1 Dec 2026" in run(capsys, "day", "2026-12-01")[1]


@pytest.mark.parametrize("text", ["tomorow", "2026-02-30", "9999-12-31"])
def test_an_invalid_date_is_a_usage_error(text: str, capsys: Capsys) -> None:
    assert run(capsys, "day", text) == (2, "", f"cockpit: invalid date '{text}': use 2026-12-01\n")


def test_a_rota_from_a_command_is_used_and_its_failure_is_reported(
    configure: Callable[[str], None], capsys: Capsys
) -> None:
    configure(f'{CALENDAR}[rota]\npeople = ["{wiring.current_user()}"]\ncommand = ["cat", "who"]\n')
    Path("who").write_text("another@box\n")
    day = run_json(capsys, "status")[1]["day"]
    assert (day["commander"], day["rota_error"]) == ("another@box", None)
    assert run(capsys, "check")[1].count("another@box") == 1
    Path("who").unlink()
    code, out, _ = run(capsys, "status")
    assert code == 0
    assert "cat ended with exit code 1" in out
    day = run_json(capsys, "status")[1]["day"]
    assert day["commander"] == wiring.current_user()
    assert "the config's people are used" in day["rota_error"]
