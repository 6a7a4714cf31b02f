"""The diff of a PR for the screen: its message, its files and their patches.

All texts are untrusted and are cleaned when these values are made.
"""

from msgspec import Struct

from cockpit.deploy.text import clean

TAB_WIDTH = 4
"""Columns of a tab stop."""
MAX_LINE = 500
"""The most characters of a line that are kept."""


class FileDiff(Struct, frozen=True):
    """The diff of one file."""

    path: str
    old_path: str = ""
    """The old path, if the file was renamed."""
    added: int = 0
    removed: int = 0
    patch: tuple[str, ...] = ()
    """The hunks of the unified diff, without the file header."""
    omitted: str = ""
    """Why the patch is omitted; empty if it is not."""


class PullDiff(Struct, frozen=True):
    """The diff of a PR."""

    message: tuple[str, ...]
    """The message of its last commit on main, without the subject."""
    commits: tuple[str, ...]
    """The subjects of its commits, newest first; truncated if there are many."""
    files: tuple[FileDiff, ...]

    @property
    def added(self) -> int:
        """Lines, over all files."""
        return sum(part.added for part in self.files)

    @property
    def removed(self) -> int:
        """Lines, over all files."""
        return sum(part.removed for part in self.files)


def readable(line: str) -> str:
    """A line of code: cleaned, tabs expanded, truncated after `MAX_LINE` characters."""
    line = clean(line.expandtabs(TAB_WIDTH)).rstrip()
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…"


def patch_hunks(patch: str) -> tuple[tuple[str, ...], ...]:
    """The hunks of each file of a patch in git's format, in its order.

    Content lines always begin with a blank, `+`, `-` or a backslash, so none can be mistaken for a file header.
    """
    files: list[list[str]] = []
    inside = False
    for line in patch.split("\n"):
        if line.startswith("diff --git "):
            files.append([])
            inside = False
        elif files and (inside or line.startswith("@@ ")) and line:
            inside = True
            files[-1].append(readable(line))
    return tuple(map(tuple, files))
