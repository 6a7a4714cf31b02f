"""A file in conflict is read by hunk, and counts as resolved once no marker is left in it."""

import pytest

from cockpit.deploy.pulls.conflicts import FileConflict, Hunk, conflict_hunks, first_marker_line, label_markers

ID = "a" * 40
TEXT = f"one\n<<<<<<< {ID}\ntwo\nthree\n=======\n2\n>>>>>>> {ID}\nfour\n"


def test_a_hunk_says_where_it_is_and_what_stands_on_either_side() -> None:
    assert FileConflict("a", "main", TEXT.encode()).hunks == (Hunk(2, ("two", "three"), ("2",)),)


def test_a_text_may_have_several_and_a_side_may_be_empty() -> None:
    text = f"{TEXT}<<<<<<< x\n=======\nnew\n>>>>>>> y\n"
    assert conflict_hunks(text)[1] == Hunk(9, (), ("new",))


def test_a_conflict_that_is_not_closed_and_a_heading_underlined_are_none() -> None:
    assert conflict_hunks("Title\n=======\n<<<<<<< x\nleft\n=======\n") == ()


def test_lines_of_strangers_are_cleaned() -> None:
    assert conflict_hunks("<<<<<<< x\n\x1b]0;owned\x07a\n=======\n>>>>>>> y\n")[0].current == ("a",)


def test_markers_get_words_for_gits_ids() -> None:
    said = label_markers(TEXT.encode(), "main", "#14").decode()
    assert "<<<<<<< main\n" in said
    assert ">>>>>>> without #14\n" in said
    assert ID not in said


@pytest.mark.parametrize(("text", "line"), [(TEXT, 2), ("a\n>>>>>>> without #1\n", 2), ("Title\n=======\n", 0)])
def test_a_marker_that_was_left_in_is_found(text: str, line: int) -> None:
    assert first_marker_line(text.encode()) == line
