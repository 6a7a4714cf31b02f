"""Trials of reverts and picks: finding the PR and printing the result."""

import pytest
from msgspec.structs import replace

from cockpit.cli.trial import pull_in_history, trial_as_json, trial_in_words
from cockpit.ports import Failed, Trial
from tests.builders import PULLS

CHANGE = "I0123456789abcdef0123456789abcdef01234567"


def test_a_pr_is_found_by_its_number_the_newest_first() -> None:
    first = PULLS[0]
    again = replace(first, commits=("a" * 40,))
    assert pull_in_history((first, *PULLS[1:], again), first.number) == again


def test_a_pr_is_found_by_the_begin_of_its_change_id() -> None:
    review = replace(PULLS[0], number=0, change=CHANGE)
    assert pull_in_history((*PULLS, review), CHANGE[:9]) == review


@pytest.mark.parametrize(("name", "text"), [(9999, "#9999"), ("D7", "D7")])
def test_an_unknown_pr_is_named(name: int | str, text: str) -> None:
    with pytest.raises(Failed, match=f"belongs to {text}"):
        pull_in_history(PULLS, name)


def test_the_result_is_the_tree_or_the_conflicts() -> None:
    clean, conflict = Trial("f" * 40), Trial("", ("a.py", "b\x1b[2J.py"))
    assert trial_as_json(clean) == {"clean": True, "tree": "f" * 40, "conflicts": []}
    assert trial_in_words(trial_as_json(clean)) == f"applies cleanly, tree {'f' * 10}"
    assert trial_as_json(conflict) == {"clean": False, "tree": None, "conflicts": ["a.py", "b\x1b[2J.py"]}
    assert trial_in_words(trial_as_json(conflict)) == "conflicts in a.py, b.py"
