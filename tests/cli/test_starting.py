"""`start` and `pulls` on a company with a past: what was reverted stays out, on both stores."""

import json
from pathlib import Path

import pytest

from cockpit.cli import main
from cockpit.deploy.facts import Abandoned, RevertAsked, Reverted
from cockpit.ports import Repository
from tests.firms import STORES, Firm, store_of
from tests.repositories import git


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    try:
        code = main(list(argv))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(params=STORES)
def firm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Firm:
    """#12 was reverted for a release that was then abandoned, and came back as #14."""
    made = Firm(tmp_path, store_of(request.param, request))
    monkeypatch.chdir(tmp_path)
    made.released("2026-11-22.1")
    made.town.squash_pr(12, "Add a cart", {"cart.py": "12\n"})
    repository = wiring_repository(made)
    cut = repository.cut("2026-11-22.2", "main", "")
    pull = cut.pulls[-1]
    done = repository.revert(pull, "2026-11-22.2", "2026-11-22.2-hotfix.1", "ada@box")
    made.town.pull()
    made.released("2026-11-22.2", (pull,), finished=False)
    tag = "2026-11-22.2-hotfix.1"
    made.record("2026-11-22.2", RevertAsked(pull), Reverted(12, done.reverts, done.picks, tag), Abandoned())
    made.town.squash_pr(14, "Nothing to see", {"cart.py": "12\n"})
    return made


def wiring_repository(firm: Firm) -> Repository:
    from cockpit import wiring

    return wiring.repository(firm.config)


def test_a_reverted_pr_that_is_back_is_refused_shown_and_overridden_with_a_reason(
    firm: Firm, capsys: pytest.CaptureFixture[str]
) -> None:
    sha = firm.town.head()[:10]
    code, _, err = run(capsys, "start", "--dry-run")
    assert code == 1
    assert f"#12 was reverted in 2026-11-22.2, and {sha} on main “Nothing to see (#14)” makes the same change" in err
    code, out, _ = run(capsys, "pulls")
    assert code == 0
    assert "refused: #12 was reverted" in out
    assert "needs a reason" in run(capsys, "start", "--override")[2]
    code, out, _ = run(capsys, "start", "--override", "--why", "it is mended", "--json")
    assert code == 0
    assert "OVERRIDDEN: #12 was reverted" in json.loads(out)["warnings"][0]
    ident = json.loads(out)["release"]
    assert "overrode: #12 was reverted in 2026-11-22.2" in " ".join(run(capsys, "history", ident, "--json")[1].split())
    assert run(capsys, "history", "--verify")[0] == 0


def test_marked_as_re_landed_it_goes_out(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    firm.town.commit("The cart was not to blame (#15)\n\nRe-lands #12", {})
    code, out, _ = run(capsys, "start", "--dry-run")
    assert code == 0, out
    assert "refused" not in run(capsys, "pulls")[1]


def test_what_is_cut_is_what_was_looked_at(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    firm.town.commit("Re-land #12 (#15)", {})
    seen = firm.town.head()
    made = json.loads(run(capsys, "start", "--json")[1])
    assert made["steps"][0]["record"]["commit"] == seen


def test_a_pick_that_main_lacks_refuses_the_next_release(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    firm.town.commit("Re-land #12 (#15)", {})
    firm.released("2026-11-22.3")
    desk = firm.town.desk
    git(desk, "checkout", "-q", "-b", "hotfix")
    (desk / "poem.txt").write_text("mended\n")
    git(desk, "commit", "-q", "-a", "-m", "Mend the poem")
    lost = firm.town.head()
    git(desk, "push", "-q", "origin", "hotfix:refs/heads/release/2026-11-22.3")
    git(desk, "checkout", "-q", "main")
    firm.town.squash_pr(16, "More", {"more.txt": "1\n"})
    code, _, err = run(capsys, "start")
    assert code == 1
    assert f"{lost[:10]} “Mend the poem” is on release/2026-11-22.3 and never reached main" in err


def test_pulls_says_what_was_pushed_without_a_pr(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    sha = firm.town.commit("Quickly", {"quick.txt": "1\n"})
    *others, pushed = json.loads(run(capsys, "pulls", "--json")[1])
    assert pushed["against"] == [f"{sha[:8]} was pushed to main without a PR"]
    told = {one["number"]: one["against"] for one in others}
    assert told[12] == told[14], "of both, the one that is back and the one that brings it"
    assert told[0] == [], "the revert is our own"
