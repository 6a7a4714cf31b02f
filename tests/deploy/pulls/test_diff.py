from cockpit.deploy.pulls.diff import MAX_LINE, FileDiff, PullDiff, patch_hunks, readable

PATCH = """diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -1,2 +1,2 @@
-old
+new
--- a line that looks like a header
diff --git a/logo.png b/logo.png
Binary files a/logo.png and b/logo.png differ
"""


def test_the_hunks_of_each_file_leave_out_its_header() -> None:
    first, second = patch_hunks(PATCH)
    assert first == ("@@ -1,2 +1,2 @@", "-old", "+new", "--- a line that looks like a header")
    assert second == ()


def test_a_line_is_cleaned_expanded_and_truncated() -> None:
    assert readable("\ta\x1b[31mb  ") == "    ab"
    assert len(readable("x" * 10_000)) == MAX_LINE


def test_the_lines_of_a_diff_are_those_of_its_files() -> None:
    diff = PullDiff((), (), (FileDiff("a", added=3, removed=1), FileDiff("b", added=2)))
    assert (diff.added, diff.removed) == (5, 1)
