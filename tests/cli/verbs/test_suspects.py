"""`cockpit suspects` on the configured repository and on any other."""

from pathlib import Path

import pytest

from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin


def test_suspects_are_ranked_by_a_stack_trace(company: GitOrigin, capsys: Capsys, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("boom at poem2.txt:1\n")
    argv = ("suspects", f"{company.head('HEAD~2')}..main", "--trace", str(report))
    for repository in ((), ("--repo", "origin.git")):
        code, ranking = run_json(capsys, *argv, *repository)
        assert code == 0
        best, other, none = ranking
        assert (best["pull"], best["commit"], other["pull"]) == (12, company.head(), 11)
        assert best["reason"] == "changed poem2.txt:1, which is frame 1 of the error"
        assert (none["pull"], none["commit"]) == (None, "")
        assert best["score"] + other["score"] + none["score"] == pytest.approx(1, abs=0.001)
    assert run(capsys, "suspects", "--trace", str(report))[1].startswith("#12 at ")


def test_another_repository_needs_a_range_and_a_report_must_be_readable(company: GitOrigin, capsys: Capsys) -> None:
    assert run(capsys, "suspects", "main", "--repo", "origin.git")[0] == 2
    assert run(capsys, "suspects", "a..b", "--trace", "nowhere", "--repo", "origin.git")[0] == 3
