"""An immutable artifact of one commit, named by its content."""

from msgspec import Struct


class Build(Struct, frozen=True):
    """What hosts run. Same commit and command give the same id."""

    id: str
    """sha256 of the packed files, in hex; what an agent verifies after pulling."""
    commit: str
    size: int
    """Bytes to pull."""
    files: int
