"""`cockpit revert`: tried on any repository without a config, or on the configured one."""

from pathlib import Path

import pytest

from cockpit import wiring
from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin, git, poem
from tests.recorded_company import RecordedCompany


def test_a_revert_is_tried_on_any_repository(tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    other = GitOrigin(tmp_path / "elsewhere")
    bad = other.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")})
    good = git(other.worktree, "rev-parse", "HEAD~1^{tree}")
    monkeypatch.chdir(tmp_path)
    trial = ("--dry-run", "--repo", str(other.path))
    clean = (0, {"clean": True, "tree": good, "conflicts": []})
    assert run_json(capsys, "revert", "--commit", bad, "--onto", "main", *trial) == clean
    assert run_json(capsys, "revert", "7", *trial) == clean
    other.squash_pr(8, "On top", {"poem.txt": poem(line3="worse")})
    assert run_json(capsys, "revert", "#7", *trial) == (1, {"clean": False, "tree": None, "conflicts": ["poem.txt"]})
    assert run(capsys, "revert", "7", "--dry-run", "--repo", "elsewhere/worktree") == (1, "conflicts in poem.txt\n", "")


@pytest.mark.parametrize(
    "argv",
    [
        ("--commit", "main"),
        ("--dry-run", "--repo", "origin.git"),
        ("3", "--commit", "main", "--dry-run"),
        ("12", "--edit", "--dry-run"),
        ("12", "--edit", "--commit", "main"),
        ("twelve",),
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_a_usage_error(
    company: GitOrigin, capsys: Capsys, argv: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, "revert", *argv)
    assert (code, out) == (2, "")
    assert "cockpit" in err


def test_an_unknown_pr_is_3(company: GitOrigin, capsys: Capsys) -> None:
    code, _, err = run(capsys, "revert", "99", "--dry-run", "--repo", "origin.git")
    assert code == 3
    assert "no commit in this history belongs to #99" in err


def test_the_configured_repository_is_fetched_first(company: GitOrigin, capsys: Capsys) -> None:
    tip = company.squash_pr(13, "Newest", {"new.py": "1"})
    tree = git(company.worktree, "rev-parse", "HEAD~1^{tree}")
    trial = run_json(capsys, "revert", "--commit", tip, "--dry-run")
    assert trial == (0, {"clean": True, "tree": tree, "conflicts": []})


def test_a_pr_is_tried_although_its_revert_is_refused(company: GitOrigin, capsys: Capsys) -> None:
    code, values = run_json(capsys, "revert", "11", "--dry-run")
    assert (code, values["done"], values["clean"], values["conflicts"]) == (1, False, False, ["poem2.txt"])
    assert "no release is open" in values["refused"]
    assert "no release is open" in run(capsys, "revert", "11", "--dry-run")[2]
    tree = git(company.worktree, "rev-parse", "HEAD~1^{tree}")
    values = run_json(capsys, "revert", "12", "--dry-run")[1]
    assert (values["clean"], values["tree"]) == (True, tree)


def test_edit_reverts_a_pr_of_the_open_release_only(company: GitOrigin, capsys: Capsys) -> None:
    code, _, err = run(capsys, "revert", "12", "--edit")
    assert code == 1
    assert err.startswith("refused: no release is open")


def test_a_change_without_a_number_is_found_by_its_change_id(company: GitOrigin, capsys: Capsys) -> None:
    change = "I0123456789abcdef0123456789abcdef01234567"
    company.commit(f"Review\n\nChange-Id: {change}", {"more.txt": "1"})
    trial = ("--dry-run", "--repo", str(company.path))
    assert run(capsys, "revert", change[:9], *trial)[0] == 0
    assert run(capsys, "revert", "D7", *trial)[0] == 3
    assert run(capsys, "revert", "Ix", *trial)[0] == 2


def test_a_dry_run_says_that_the_release_branch_differs_and_what_would_be_left(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = RecordedCompany(tmp_path)
    monkeypatch.chdir(tmp_path)
    recorded.origin.commit("The shop", {"pay.py": poem()})
    recorded.origin.squash_pr(12, "Charge later", {"pay.py": poem(line3="charge()", line12="charge()")})
    cut = wiring.repository(recorded.config).cut("2026-11-22.1", "main", "")
    recorded.released("2026-11-22.1", cut.pulls[-1:], finished=False)
    assert "on main: applies cleanly" in run(capsys, "revert", "12", "--dry-run")[1]
    assert "differs" not in run(capsys, "revert", "12", "--dry-run")[1]
    recorded.origin.squash_pr(13, "Charge once", {"pay.py": poem(line3="charge()")})
    again = recorded.origin.squash_pr(14, "Again", {"pay.py": poem(line3="charge()", line18="charge()")})
    code, out, _ = run(capsys, "revert", "12", "--dry-run")
    assert code == 0
    assert "differs on release branch in pay.py: reverted there by itself, not picked from main" in out
    place = f"pay.py:18 on main was put there again by {again[:10]}"
    assert place in out
    values = run_json(capsys, "revert", "12", "--dry-run")[1]
    assert (values["direct"], values["differs"], values["remaining"]) == (True, ["pay.py"], [place])
    assert [trial["ref"] for trial in values["on"]] == ["main", "release/2026-11-22.1"]
