"""What a PR changed, as far as it fits on a screen: its message, its files, and the patch of each.

Every text is a stranger's and is cleaned where it is made into one of these values.
"""

from msgspec import Struct

from cockpit.deploy.text import clean

TAB_WIDTH = 4
"""Cells of a tab stop."""
MAX_LINE = 500
"""Characters of a line that are kept; the rest of a generated one is nothing to read."""


class FileDiff(Struct, frozen=True):
    """One file of it."""

    path: str
    old_path: str = ""
    """Its earlier name, where it was renamed."""
    added: int = 0
    removed: int = 0
    patch: tuple[str, ...] = ()
    """Hunks of a unified diff, without the heads of the file."""
    omitted: str = ""
    """Why there is no patch, where there is none."""


class PullDiff(Struct, frozen=True):
    """All of it."""

    message: tuple[str, ...]
    """Of its last commit on main, the subject left out."""
    commits: tuple[str, ...]
    """Subjects of the commits it brought, newest first; cut short where there are many."""
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
    """A line of code: cleaned, tabs as spaces, its end cut off where it is longer than anybody reads."""
    line = clean(line.expandtabs(TAB_WIDTH)).rstrip()
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…"


def patch_hunks(patch: str) -> tuple[tuple[str, ...], ...]:
    """The hunks of each file of a patch as git prints it, in its order. Lines of content always begin with a blank,
    `+`, `-` or a backslash, so that none can be taken for the head of a file."""
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
