"""Verbs of the command table on a real store and repository; no engine runs, so requests stay open."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit import wiring
from cockpit.deploy.facts import Abandoned, RevertAsked, Reverted
from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin, git
from tests.recorded_company import STORES, RecordedCompany
from tests.stores import store_section

BOBS_SLOTS = """
[calendar]
zone = "Asia/Kolkata"
[calendar.slots]
night = "00:00-12:00"
day = "12:00-24:00"
[rota]
people = ["bob"]
"""


@pytest.fixture(params=STORES)
def recorded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordedCompany:
    """#12 was reverted in a release that was then abandoned, and #14 makes the same change again."""
    recorded = RecordedCompany(tmp_path, store_section(request.param, request))
    monkeypatch.chdir(tmp_path)
    recorded.released("2026-11-22.1")
    recorded.origin.squash_pr(12, "Add a cart", {"cart.py": "12\n"})
    repository = wiring.repository(recorded.config)
    pull = repository.cut("2026-11-22.2", "main", "").pulls[-1]
    tag = "2026-11-22.2-hotfix.1"
    reverted = repository.revert(pull, "2026-11-22.2", tag, "ada@box")
    recorded.origin.pull()
    recorded.released("2026-11-22.2", (pull,), finished=False)
    recorded.record("2026-11-22.2", RevertAsked(pull), Reverted(12, reverted.reverts, reverted.picks, tag), Abandoned())
    recorded.origin.squash_pr(14, "Nothing to see", {"cart.py": "12\n"})
    return recorded


def test_a_second_install_is_refused(company: GitOrigin, capsys: Capsys) -> None:
    assert run(capsys, "install")[0] == 0
    code, _, err = run(capsys, "install")
    assert (code, "is open" in err) == (1, True)


def test_a_reverted_pr_that_is_back_is_refused_and_can_be_overridden(recorded: RecordedCompany, capsys: Capsys) -> None:
    sha = recorded.origin.head()[:10]
    code, _, err = run(capsys, "start", "--dry-run")
    assert code == 1
    assert f"#12 was reverted in 2026-11-22.2, and {sha} on main “Nothing to see (#14)” makes the same change" in err
    code, out, _ = run(capsys, "pulls")
    assert code == 0
    assert "refused: #12 was reverted" in out
    assert "needs a reason" in run(capsys, "start", "--override")[2]
    code, plan = run_json(capsys, "start", "--override", "--why", "it is mended")
    assert code == 0
    assert "OVERRIDDEN: #12 was reverted" in plan["warnings"][0]
    history = run(capsys, "history", plan["release"], "--json")[1]
    assert "overrode: #12 was reverted in 2026-11-22.2" in " ".join(history.split())
    assert run(capsys, "history", "--verify")[0] == 0


def test_a_pr_that_is_marked_as_re_landed_can_be_released(recorded: RecordedCompany, capsys: Capsys) -> None:
    recorded.origin.commit("The cart was not to blame (#15)\n\nRe-lands #12", {})
    code, out, _ = run(capsys, "start", "--dry-run")
    assert code == 0, out
    assert "refused" not in run(capsys, "pulls")[1]


def test_start_releases_the_commit_that_was_checked(recorded: RecordedCompany, capsys: Capsys) -> None:
    recorded.origin.commit("Re-land #12 (#15)", {})
    head = recorded.origin.head()
    assert run_json(capsys, "start")[1]["steps"][0]["event"]["commit"] == head


def test_a_commit_on_the_release_branch_that_main_lacks_refuses_the_next_release(
    recorded: RecordedCompany, capsys: Capsys
) -> None:
    recorded.origin.commit("Re-land #12 (#15)", {})
    recorded.released("2026-11-22.3")
    worktree = recorded.origin.worktree
    git(worktree, "checkout", "-q", "-b", "hotfix")
    (worktree / "poem.txt").write_text("mended\n")
    git(worktree, "commit", "-q", "-a", "-m", "Mend the poem")
    missing = recorded.origin.head()
    git(worktree, "push", "-q", "origin", "hotfix:refs/heads/release/2026-11-22.3")
    git(worktree, "checkout", "-q", "main")
    recorded.origin.squash_pr(16, "More", {"more.txt": "1\n"})
    code, _, err = run(capsys, "start")
    assert code == 1
    assert f"{missing[:10]} “Mend the poem” is on release/2026-11-22.3 and never reached main" in err


def test_pulls_prints_the_objections_to_each_pr(recorded: RecordedCompany, capsys: Capsys) -> None:
    pulls = {pull["number"]: pull["objections"] for pull in run_json(capsys, "pulls")[1]}
    assert pulls[12] == pulls[14], "the reverted PR and the one that makes its change again"
    assert pulls[0] == [], "the revert is cockpit's own"


def test_a_note_is_recorded_for_any_user_and_needs_a_text(ada: pytest.MonkeyPatch, capsys: Capsys) -> None:
    assert run(capsys, "note", "too early")[0] == 1
    assert run(capsys, "install")[0] == 0
    assert run(capsys, "take-over")[0] == 0
    ada.setenv("LOGNAME", "eve")
    assert run(capsys, "note", "web-02 \x1b[31mis slow")[0] == 0
    assert run(capsys, "note")[0] == 2
    assert "web-02 is slow (eve@box" in run(capsys, "handoff")[1]


def test_a_freeze_refuses_a_start_and_ends_with_a_thaw(configure: Callable[[str], None], capsys: Capsys) -> None:
    code, _, err = run(capsys, "freeze", "--until", "2h", "--why", "audit")
    assert (code, "no release yet" in err) == (1, True)
    assert run(capsys, "install")[0] == 0
    assert run(capsys, "freeze", "--until", "2h")[2] == "refused: a freeze needs a reason: add --why\n"
    assert "a freeze needs an end" in run(capsys, "freeze", "--why", "audit")[2]
    code, out, _ = run(capsys, "freeze", "--until", "2h", "--why", "audit", "--dry-run")
    assert (code, out.startswith("would freeze until ")) == (0, True)
    assert run_json(capsys, "status")[1]["day"]["frozen"] is None
    assert run(capsys, "freeze", "--until", "2h", "--why", "audit \x1b[2J")[0] == 0
    assert " FROZEN  until " in run(capsys, "status")[1]
    day = run_json(capsys, "status")[1]["day"]
    assert (day["open"], day["frozen"]["why"]) == (False, "audit ")
    assert run(capsys, "abandon")[0] == 0
    code, plan = run_json(capsys, "thaw")
    assert (code, plan["done"]) == (0, True)
    assert run(capsys, "thaw")[2] == "refused: nothing is frozen\n"
    (freeze,) = run_json(capsys, "day")[1]["freezes"]
    assert freeze["lifted"] is True
    assert run(capsys, "history", "--verify")[0] == 0


def test_in_the_slot_of_another_commander_taking_over_needs_a_reason(
    configure: Callable[[str], None], capsys: Capsys
) -> None:
    configure(BOBS_SLOTS)
    code, _, err = run(capsys, "install")
    assert code == 1
    assert "is bob's slot, and there is no commander: take over first, with a reason" in err
    assert "take over first" in err
    assert "needs a reason" in run(capsys, "take-over")[2]
    assert run(capsys, "take-over", "--why", "bob is ill")[0] == 0
    assert run(capsys, "install")[0] == 0


def test_hold_and_rollback_do_not_wait_for_the_rota(configure: Callable[[str], None], capsys: Capsys) -> None:
    configure("")
    assert run(capsys, "install")[0] == 0
    configure('[rota]\ncommand = ["touch", "asked"]\n')
    assert run(capsys, "hold")[0] == 0
    assert "there is nothing to roll back to" in run(capsys, "rollback")[2]
    assert not Path("asked").exists()
    assert run(capsys, "resume")[0] == 0
    assert Path("asked").exists()
