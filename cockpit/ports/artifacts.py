"""The interfaces for builds: the builder, and the storage of their parts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.builds.build import Build


class Builder(Protocol):
    """Makes builds and publishes them for hosts to pull."""

    async def build(self, commit: str, bases: Sequence[str] = ()) -> Build:
        """Export the commit, run the build command, pack and publish. Raises `Failed`.

        The same commit and command give the same id. `bases` are builds that hosts may have: a delta is published
        from each, so that those hosts pull only the difference.
        """


class StoredPart(Struct, frozen=True):
    """A stored part of a build."""

    name: str
    size: int
    """Bytes."""
    at: float
    """Time of publication, in seconds since the epoch."""


ProgressCallback = Callable[[int, int], None]
"""Called during a download with (bytes received, bytes in total); the total is 0 if it is unknown."""


def ignore_progress(received: int, total: int) -> None:
    """The `ProgressCallback` that does nothing."""


class Artifacts(Protocol):
    """Stores the parts of builds, named as in `deploy.builds`. Methods block: call them from a thread."""

    def publish(self, name: str, content: Path) -> None:
        """Store the file under that name. An existing part with the same bytes stays, a damaged one is replaced."""

    def pull(self, name: str, into: Path, progress: ProgressCallback = ignore_progress) -> int:
        """Copy the part into the new file `into`; the number of bytes transferred. Raises `Failed`."""

    def stored_parts(self) -> tuple[StoredPart, ...]:
        """Every part, by name. Raises `Failed`."""

    def remove(self, name: str) -> None:
        """Remove the part if it exists. Raises `Failed`."""

    @property
    def place(self) -> str:
        """The location, to be shown; it holds no secret."""
