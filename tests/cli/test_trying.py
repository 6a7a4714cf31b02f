"""Reverts and picks are tried out from a shell, on any repository without a config or on the config's own."""

import json
from pathlib import Path

import pytest

from tests.cli.test_verbs import run, town
from tests.repositories import Town, git, poem

__all__ = ["town"]


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, object]:
    code, out, err = run(capsys, *argv)
    assert not err
    return code, json.loads(out)


def test_any_repository_needs_no_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Town(tmp_path / "elsewhere")
    bad = made.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")})
    good = git(made.desk, "rev-parse", "HEAD~1^{tree}")
    monkeypatch.chdir(tmp_path)
    try_out = ("--dry-run", "--json", "--repo", str(made.origin))
    clean = (0, {"clean": True, "tree": good, "conflicts": []})
    assert answer(capsys, "revert", "--commit", bad, "--onto", "main", *try_out) == clean
    assert answer(capsys, "revert", "7", *try_out) == clean
    assert answer(capsys, "pick", "main", "--onto", "main~1", *try_out)[0] == 0
    made.squash_pr(8, "On top", {"poem.txt": poem(line3="worse")})
    conflict = (1, {"clean": False, "tree": None, "conflicts": ["poem.txt"]})
    assert answer(capsys, "revert", "#7", *try_out) == conflict
    assert answer(capsys, "pick", "main", "--onto", "main~2", *try_out) == conflict
    assert run(capsys, "revert", "7", "--dry-run", "--repo", "elsewhere/desk") == (1, "conflicts in poem.txt\n", "")


def test_what_is_only_tried_out_says_so(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "pick", "main")[::2] == (
        2,
        "cockpit: pick shows what would come of it and changes nothing: add --dry-run\n",
    )
    assert run(capsys, "revert", "--commit", "main")[0] == 2
    assert run(capsys, "revert", "--dry-run", "--repo", "origin.git")[0] == 2
    assert run(capsys, "revert", "3", "--commit", "main", "--dry-run")[0] == 2
    assert run(capsys, "revert", "99", "--dry-run", "--repo", "origin.git")[0] == 3


def test_the_configs_repository_is_looked_at_anew(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    tip = town.squash_pr(13, "Newest", {"new.py": "1"})
    tree = git(town.desk, "rev-parse", "HEAD~1^{tree}")
    assert answer(capsys, "revert", "--commit", tip, "--dry-run", "--json") == (
        0,
        {"clean": True, "tree": tree, "conflicts": []},
    )


def test_a_pr_is_tried_out_though_its_revert_is_refused(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "revert", "11", "--dry-run", "--json")
    told = json.loads(out)
    assert (code, told["done"], told["clean"], told["conflicts"]) == (1, False, False, ["poem2.txt"])
    assert "no release is open" in told["refused"]
    assert "no release is open" in err
    tree = git(town.desk, "rev-parse", "HEAD~1^{tree}")
    told = json.loads(run(capsys, "revert", "12", "--dry-run", "--json")[1])
    assert (told["clean"], told["tree"]) == (True, tree)


def test_pulls_of_any_repository(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    for span, numbers in (("main~1..main", [12]), ("main~1", [0, 11]), ("", [0, 11, 12])):
        code, pulls = answer(capsys, "pulls", *filter(None, [span]), "--json", "--repo", "origin.git")
        assert isinstance(pulls, list)
        assert (code, [pull["number"] for pull in pulls]) == (0, numbers)


def test_suspects_of_any_repository_and_of_the_configs(
    town: Town, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = tmp_path / "report.txt"
    report.write_text("boom at poem2.txt:1\n")
    ask = ("suspects", f"{town.head('HEAD~2')}..main", "--trace", str(report), "--json")
    for where in ((), ("--repo", "origin.git")):
        code, ranked = answer(capsys, *ask, *where)
        assert code == 0
        assert isinstance(ranked, list)
        best, other, none = ranked
        assert (best["pull"], best["commit"], other["pull"]) == (12, town.head(), 11)
        assert best["reason"] == "changed poem2.txt:1, which is frame 1 of the error"
        assert (none["pull"], none["commit"]) == (None, "")
        assert best["score"] + other["score"] + none["score"] == pytest.approx(1, abs=0.001)
    assert run(capsys, "suspects", "--trace", str(report))[1].startswith("#12 at ")
    assert run(capsys, "suspects", "main", "--repo", "origin.git")[0] == 2
    assert run(capsys, "suspects", "a..b", "--trace", "nowhere", "--repo", "origin.git")[0] == 3


def test_the_shell_resolves_in_the_editor_alone_what_is_really_reverted(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "revert", "12", "--edit", "--dry-run")[0] == 2
    assert run(capsys, "revert", "12", "--edit", "--commit", "main")[0] == 2
    code, _, err = run(capsys, "revert", "12", "--edit")
    assert (code, err) == (1, "refused: no release is open: revert it on main by a PR\n")


def test_a_review_without_a_number_goes_by_its_name(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change = "I0123456789abcdef0123456789abcdef01234567"
    town.commit(f"Review\n\nChange-Id: {change}", {"more.txt": "1"})
    repo = ("--dry-run", "--repo", str(town.origin))
    assert run(capsys, "revert", change[:9], *repo)[0] == 0
    assert run(capsys, "revert", "D7", *repo)[0] == 3
    assert run(capsys, "revert", "Ix", *repo)[0] == 2
