import pytest

from cockpit.rules.notifications.templates import filled, names, placeholders, problem, text_of


@pytest.mark.parametrize("name", names())
def test_cockpits_own_words_hold_only_what_is_known_there(name: str) -> None:
    assert problem(name, text_of(name, {})) == ("", "")


def test_a_placeholder_that_is_not_known_is_named() -> None:
    assert problem("started", "$whom did it") == ("has the placeholder $whom, which is not known there", "whom")
    assert problem("started", "$pull")[1] == "pull", "a start is about no PR"
    assert problem("revert-asked", "$pull") == ("", "")
    assert problem("head", "$state") == ("", "")
    assert "begins no placeholder" in problem("started", "5 $ each")[0]


def test_a_line_to_an_author_knows_the_pr() -> None:
    assert {"pull", "title", "author"} <= set(placeholders("pull-canary"))


def test_long_values_are_cut_and_missing_ones_left() -> None:
    assert filled("$title $what", {"title": "x" * 400}) == "x" * 299 + "… $what"
