"""`cockpit history`: releases, events, and the verification of the log."""

import sqlite3
from contextlib import closing

from cockpit.deploy import store_keys
from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin
from tests.recorded_releases import rolled_back

RELEASE = rolled_back()


def test_a_command_is_in_the_history_with_its_reason(company: GitOrigin, capsys: Capsys) -> None:
    assert run(capsys, "install", "--why", "day one")[0] == 0
    ident = run_json(capsys, "history")[1][0]["id"]
    code, out, _ = run(capsys, "history", ident)
    assert code == 0
    assert "day one" in out
    assert run(capsys, "history", "--verify")[0] == 0


def test_an_unknown_release_is_refused(company: GitOrigin, capsys: Capsys) -> None:
    code, _, err = run(capsys, "history", "1999-01-01.1")
    assert (code, err) == (1, "refused: there is no release 1999-01-01.1; `cockpit history` lists them\n")


def test_an_override_is_printed_with_the_verdict_it_overrode(recorded_store: str, capsys: Capsys) -> None:
    out = run(capsys, "history", RELEASE.id)[1]
    assert "verdict: WAIT: 40 of 100 requests needed, and was overridden" in " ".join(out.split())
    events = run_json(capsys, "history", RELEASE.id)[1]["events"]
    assert [event["verdict"] for event in events if event["what"]["type"] == "RolledBack"] == [
        "ROLL BACK: canary 20.0 % (40 of 200) vs old hosts 1.00 %"
    ]


def test_the_log_is_verified_against_a_head_that_was_kept(recorded_store: str, capsys: Capsys) -> None:
    code, result = run_json(capsys, "history", "--verify")
    assert (code, result["verified"], result["events"]) == (0, True, len(RELEASE.events))
    code, out, _ = run(capsys, "history", "--verify", "--against", result["head"])
    assert (code, f"event {len(RELEASE.events)} of {RELEASE.id}: the log is unedited up to there" in out) == (0, True)
    assert run(capsys, "history", "--against", "f" * 64)[0] == 1
    code, _, err = run(capsys, "history", "--against", "abc")
    assert (code, "12 characters" in err) == (1, True)


def test_a_log_that_lost_its_last_event_is_not_verified(recorded_store: str, capsys: Capsys) -> None:
    if recorded_store == "sqlite":
        with closing(sqlite3.connect("state/store.db")) as file:
            file.execute("DELETE FROM entries WHERE key = ?", (store_keys.event(RELEASE.id, len(RELEASE.events)),))
            file.commit()
        code, _, err = run(capsys, "history", "--verify")
        assert code == 1
        assert "some are missing" in err
