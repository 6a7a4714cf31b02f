"""Message templates: their placeholders and how they are filled in."""

import pytest

from cockpit.rules.notifications.templates import fill, placeholders, template_names, template_problem, template_text


@pytest.mark.parametrize("name", template_names())
def test_default_templates_have_only_known_placeholders(name: str) -> None:
    assert template_problem(name, template_text(name, {})) == ("", "")


def test_an_unknown_placeholder_is_named() -> None:
    assert template_problem("started", "$whom did it") == (
        "has the unknown placeholder $whom",
        "whom",
    )
    assert template_problem("started", "$pull")[1] == "pull", "a start is about no PR"
    assert template_problem("revert-asked", "$pull") == ("", "")
    assert template_problem("head", "$state") == ("", "")
    assert "begins no placeholder" in template_problem("started", "5 $ each")[0]


def test_a_line_to_an_author_may_name_the_pr() -> None:
    assert {"pull", "title", "author"} <= set(placeholders("pull-canary"))


def test_long_values_are_cut_and_missing_ones_left() -> None:
    assert fill("$title $what", {"title": "x" * 400}) == "x" * 299 + "… $what"
