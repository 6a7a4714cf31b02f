"""`cockpit hosts` on hosts that report, and on one that is silent."""

from pathlib import Path

import pytest

from tests.cli.shell import Capsys, run, run_json
from tests.recorded_company import RecordedCompany


def test_hosts_are_printed_as_a_grid_or_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    recorded = RecordedCompany(tmp_path)
    monkeypatch.chdir(tmp_path)
    build = recorded.released("2026-11-22.1").id
    recorded.report("s1", "p1", build=build)
    recorded.report("p2", build=build, age=6000)
    code, hosts = run_json(capsys, "hosts")
    assert code == 0
    assert [(host["host"], host["silent"]) for host in hosts] == [("p1", False), ("p2", True), ("s1", False)]
    out = run(capsys, "hosts")[1]
    assert "production" in out
    assert "p2" in out
