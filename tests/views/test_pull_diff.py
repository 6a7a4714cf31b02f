"""A PR's description, files and diff as rows."""

from collections.abc import Sequence

from cockpit.deploy.pulls.diff import FileDiff, PullDiff
from cockpit.views.pull_diff import MAX_DESCRIPTION, description, diff, files
from cockpit.views.rows import Line, Span, Tone, length, plain
from tests.builders import CHANGE


def test_a_description_is_wrapped_and_a_long_one_is_cropped() -> None:
    lines = description(("one two three four", "", "end", "", ""), 9)
    assert plain(lines) == "one two\nthree\nfour\n\nend"
    long = description(tuple(f"line {n}" for n in range(MAX_DESCRIPTION + 7)), 40)
    assert plain(long).endswith("… 7 lines more")
    assert description((), 40) == ()


def test_every_file_has_its_counts_or_why_its_diff_is_omitted() -> None:
    for width in (24, 40, 80, 160):
        assert all(length(line) == width for line in files(CHANGE, width))
    text = plain(files(CHANGE, 80))
    assert "3 FILES" in text
    assert "+5 -2" in text
    assert "app/prices.js → app/list.js" in text
    assert "binary" in text
    assert plain(files(PullDiff((), (), (FileDiff("a"),)), 40)).startswith("1 FILE ")


def test_both_sides_of_a_hunk_are_highlighted_as_a_whole() -> None:
    painted: list[list[str]] = []

    def paint(path: str, code: Sequence[str]) -> Sequence[Line]:
        painted.append(list(code))
        return tuple((Span(line.upper(), Tone.STRING),) for line in code)

    patch = ("@@ -1,3 +1,3 @@", " same", "-old", "+new", " end", "\\ No newline at end of file")
    lines = plain(diff(PullDiff((), (), (FileDiff("a.py", "", 1, 1, patch),)), paint)).split("\n")
    assert lines[1:] == ["a.py", "@@ -1,3 +1,3 @@", "  SAME", "- OLD", "+ NEW", "  END", "\\ No newline at end of file"]
    assert painted == [["same", "new", "end"], ["same", "old", "end"]]
