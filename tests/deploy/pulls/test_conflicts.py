"""Conflicts are parsed by hunk, and a file is resolved if no marker is left."""

import pytest

from cockpit.deploy.pulls.conflicts import FileConflict, Hunk, conflict_hunks, first_marker_line, label_markers

ID = "a" * 40
TEXT = f"one\n<<<<<<< {ID}\ntwo\nthree\n=======\n2\n>>>>>>> {ID}\nfour\n"


def test_a_hunk_has_its_line_and_both_sides() -> None:
    assert FileConflict("a", "main", TEXT.encode()).hunks == (Hunk(2, ("two", "three"), ("2",)),)


def test_a_file_may_have_several_hunks_and_a_side_may_be_empty() -> None:
    text = f"{TEXT}<<<<<<< x\n=======\nnew\n>>>>>>> y\n"
    assert conflict_hunks(text)[1] == Hunk(9, (), ("new",))


def test_an_unclosed_conflict_and_an_underlined_heading_are_no_hunks() -> None:
    assert conflict_hunks("Title\n=======\n<<<<<<< x\nleft\n=======\n") == ()


def test_the_lines_of_a_hunk_are_cleaned() -> None:
    assert conflict_hunks("<<<<<<< x\n\x1b]0;owned\x07a\n=======\n>>>>>>> y\n")[0].current == ("a",)


def test_ids_in_markers_are_replaced_by_names() -> None:
    labelled = label_markers(TEXT.encode(), "main", "#14").decode()
    assert "<<<<<<< main\n" in labelled
    assert ">>>>>>> without #14\n" in labelled
    assert ID not in labelled


@pytest.mark.parametrize(("text", "line"), [(TEXT, 2), ("a\n>>>>>>> without #1\n", 2), ("Title\n=======\n", 0)])
def test_a_left_over_marker_is_found(text: str, line: int) -> None:
    assert first_marker_line(text.encode()) == line
