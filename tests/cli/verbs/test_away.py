"""`cockpit away`, since the last visit or since a given time."""

from pathlib import Path

import pytest

from cockpit import wiring
from cockpit.config import load
from cockpit.deploy.schedule.presence import LastVisit
from tests.cli.shell import Capsys, run, run_json


def test_what_happened_since_the_last_visit_or_since_a_time(
    ada: pytest.MonkeyPatch, capsys: Capsys, tmp_path: Path
) -> None:
    assert run(capsys, "install")[0] == 0
    code, out, _ = run(capsys, "away")
    assert code == 0
    assert "your last visit is not on record: give --since" in out
    code, out, _ = run(capsys, "away", "--since", "2h")
    assert code == 0
    assert "requested the first build of main" in out
    visits = wiring.last_seen(load(tmp_path / "config.toml"))
    release = run_json(capsys, "handoff")[1]["release"]
    visits.note(LastVisit(1.0, str(release), 1))
    assert run_json(capsys, "away")[1]["events"] == []
    assert run(capsys, "hold", "--why", "looks odd")[0] == 0
    code, away = run_json(capsys, "away")
    assert code == 0
    assert away["changes"] == [f"{release}: held (looks odd)"]
    assert away["people"] == {"ada@box": 1}


def test_an_invalid_time_is_a_usage_error(ada: pytest.MonkeyPatch, capsys: Capsys) -> None:
    code, _, err = run(capsys, "away", "--since", "soon")
    assert (code, err) == (2, "cockpit: invalid time 'soon': use 14:30, 2h or 2026-11-23T14:30\n")
