"""Revert conflicts by file and hunk."""

from cockpit.deploy.pulls.conflicts import FileConflict
from cockpit.views.conflicts import MAX_LINES, rows
from cockpit.views.rows import Tone, length, plain

TEXT = b"""import cart

<<<<<<< HEAD
total = cart.total(tax=True)
=======
total = cart.total()
>>>>>>> without #12
"""


def test_each_hunk_has_the_lines_of_both_sides() -> None:
    lines = rows((FileConflict("shop/total.py", "main", TEXT),), 60)
    assert [line.rstrip() for line in plain(lines).split("\n")] == [
        "shop/total.py  1 hunk, on main",
        "  at line 3",
        "  - total = cart.total(tax=True)",
        "  + total = cart.total()",
        "",
    ]
    assert [lines[2][0].tone, lines[3][0].tone] == [Tone.BAD, Tone.GOOD]
    assert all(length(line) in {0, 60} for line in lines)


def test_a_file_without_hunks_says_why() -> None:
    text = plain(rows((FileConflict("logo.png", "main", b""),), 80))
    assert "logo.png  deleted on one side and changed on the other, or binary, on main" in text


def test_a_long_hunk_is_cropped() -> None:
    long = b"<<<<<<< HEAD\n" + b"x\n" * (MAX_LINES + 3) + b"=======\n>>>>>>> b\n"
    assert "  - and 3 more lines" in plain(rows((FileConflict("a.py", "main", long),), 60))
