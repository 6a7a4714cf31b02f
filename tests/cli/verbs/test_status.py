"""`cockpit status` without agents, and on a store with a damaged record."""

import sqlite3
from contextlib import closing

from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin


def test_status_prints_what_is_unknown(company: GitOrigin, capsys: Capsys) -> None:
    run(capsys, "install")
    code, out, _ = run(capsys, "status")
    assert code == 0
    assert "never reported" in out
    status = run_json(capsys, "status")[1]
    assert status["release"]["id"]
    assert {tier["name"] for tier in status["tiers"]} == {"staging", "production"}


def test_a_record_that_is_not_json_is_reported_and_kept(company: GitOrigin, capsys: Capsys) -> None:
    run(capsys, "install")
    with closing(sqlite3.connect("state/store.db")) as database, database:
        database.execute("UPDATE entries SET value = ? WHERE key LIKE 'releases/%'", (b"{broken",))
    code, out, err = run(capsys, "status")
    assert code == 0
    assert "cannot be read" in out + err
    assert run(capsys, "history", "--verify")[0] == 1
