"""Trial reverts find which PRs revert cleanly, and the dependents of the others."""

from collections.abc import Sequence

import pytest

from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.rehearsal import (
    Rehearsal,
    RehearsalResult,
    TryRevert,
    rehearse,
    result_label,
    result_sentence,
    revert_words,
)
from cockpit.deploy.release import Release


def pull(number: int, *files: str) -> PullRequest:
    return PullRequest(number, f"Change {number}", "Ada", MergeMethod.SQUASH, (f"c{number}",), files, 0.0)


def needs(**blocked: str) -> TryRevert:
    """A trial in which `c1` conflicts in a.py unless all of `blocked["c1"]` are reverted first."""

    def try_out(pulls: Sequence[PullRequest]) -> tuple[str, ...]:
        reverted = set[str]()
        for commit in (commit for pull in reversed(pulls) for commit in reversed(pull.commits)):
            if not set(blocked.get(commit, "").split()) <= reverted:
                return ("a.py",)
            reverted.add(commit)
        return ()

    return try_out


PULLS = (pull(1, "a.py"), pull(2, "a.py"), pull(3, "b.py"), pull(4, "a.py", "b.py"), pull(5, "a.py"))


@pytest.mark.parametrize(
    ("blocked", "conflicts", "along"),
    [
        ({}, (), ()),
        ({"c1": "c4"}, ("a.py",), ("#4",)),
        ({"c1": "c4 c2"}, ("a.py",), ("#4", "#2")),
        ({"c1": "c3"}, ("a.py",), ()),
    ],
)
def test_the_dependents_are_the_fewest_later_prs_of_the_same_files(
    blocked: dict[str, str], conflicts: tuple[str, ...], along: tuple[str, ...]
) -> None:
    assert rehearse(PULLS[0], PULLS, needs(**blocked)) == RehearsalResult(conflicts, along)


def test_earlier_prs_are_never_dependents_and_too_many_give_none() -> None:
    assert rehearse(PULLS[4], PULLS, needs(c5="c1")).dependents == ()
    many = tuple(pull(n, "a.py") for n in range(1, 20))
    assert rehearse(many[0], many, needs(c1="c5")).dependents == ()


@pytest.mark.parametrize(
    ("path", "migrates"),
    [
        ("shop/migrations/0002_price.py", True),
        ("db/migrate/20260101_price.rb", True),
        ("alembic/versions/ab12.py", True),
        ("db/schema.rb", True),
        ("sql/price.sql", True),
        ("shop/migrations.md", True),
        ("shop/immigration/form.py", False),
        ("shop/price.py", False),
    ],
)
def test_a_file_that_changes_the_schema_is_named(path: str, migrates: bool) -> None:
    alone = pull(1, "a.py", path)
    assert rehearse(alone, (alone,), needs()).migration == (path if migrates else "")


@pytest.mark.parametrize(
    ("result", "label", "sentence"),
    [
        (RehearsalResult(), "clean", "reverts cleanly"),
        (RehearsalResult(("a.py",), ("#4", "#2")), "with #4+", "conflicts in a.py: reverts together with #4, #2"),
        (RehearsalResult(("a.py",)), "conflicts", "conflicts in a.py: resolve by hand"),
        (RehearsalResult(migration="x.sql"), "migration", "reverts cleanly; it changes the schema in x.sql"),
        (
            RehearsalResult(direct=True, differs=("a.py", "b.py")),
            "differs",
            "differs on release branch in a.py, b.py: reverted there by itself, not picked from main",
        ),
        (
            RehearsalResult(direct=True, out_of_main=True),
            "differs",
            "differs on release branch: main has nothing left to revert, it alone is reverted",
        ),
        (
            RehearsalResult(out_of_main=True),
            "differs",
            "differs on release branch: main has nothing left to revert, it gets the pick of main's revert",
        ),
        (RehearsalResult(out_of_branch=True), "nothing", "nothing to revert on the release branch"),
        (
            RehearsalResult(remaining=("a.py:3 on main is still from #1",)),
            "in part",
            "reverts cleanly; afterwards a.py:3 on main is still from #1",
        ),
    ],
)
def test_a_result_has_a_label_and_a_sentence(result: RehearsalResult, label: str, sentence: str) -> None:
    assert (result_label(result), result_sentence(result)) == (label, sentence)
    assert len(result_label(result)) <= 9, "fits its column"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "on main, pick it into release/1"),
        (RehearsalResult(), "on main, pick it into release/1"),
        (
            RehearsalResult(direct=True, differs=("a.py",)),
            "on main, and by itself on release/1, which differs in a.py",
        ),
        (RehearsalResult(out_of_main=True), "on release/1 alone, pick the revert that main has"),
        (RehearsalResult(out_of_main=True, direct=True), "on release/1 alone, main has no change of it left"),
        (
            RehearsalResult(remaining=("a.py:3 on main is still from #1",)),
            "on main, pick it into release/1 (afterwards a.py:3 on main is still from #1)",
        ),
    ],
)
def test_a_plan_says_what_happens_on_each_branch(result: RehearsalResult | None, words: str) -> None:
    assert revert_words(result, "release/1") == words


def test_a_result_is_current_until_the_branch_moves() -> None:
    rehearsal = Rehearsal("tip", {"c1": RehearsalResult()})
    assert rehearsal.current(PULLS[0], Release("1", commit="tip")) == RehearsalResult()
    assert rehearsal.current(PULLS[0], Release("1", commit="newer")) is None


def test_an_untried_pr_has_no_result() -> None:
    assert Rehearsal("tip", {"c1": RehearsalResult()}).result(PULLS[1]) is None
    assert Rehearsal("tip", {"c1": RehearsalResult()}).result(PULLS[0]) == RehearsalResult()


def test_a_series_is_tried_as_one_pr_and_then_with_later_ones() -> None:
    series = PullRequest(1, "Change 1", "Ada", MergeMethod.REBASE, ("c1", "c2"), ("a.py",), 0.0)
    third = pull(3, "a.py")
    tried: list[tuple[PullRequest, ...]] = []

    def try_revert(pulls: Sequence[PullRequest]) -> tuple[str, ...]:
        tried.append(tuple(pulls))
        return () if third in pulls else ("a.py",)

    assert rehearse(series, (series, third), try_revert).dependents == ("#3",)
    assert tried[:2] == [(series,), (series, third)]


def test_the_result_of_a_series_is_that_of_its_last_commit() -> None:
    series = PullRequest(1, "Change 1", "Ada", MergeMethod.REBASE, ("c1", "c2"), ("a.py",), 0.0)
    rehearsal = Rehearsal("tip", {"c1": RehearsalResult(("a.py",)), "c2": RehearsalResult()})
    assert rehearsal.result(series) == RehearsalResult()
