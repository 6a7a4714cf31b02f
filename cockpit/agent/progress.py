"""The progress of a pull: counted by the thread that pulls, read by the status report."""

from cockpit.deploy.builds.build import is_pack
from cockpit.deploy.hosts.status import Pulling


class Progress:
    """The progress of one pull. The next pull has its own, so a late update of a cancelled pull has no effect."""

    def __init__(self, build: str, began: float) -> None:
        self._build = build
        self._began = began
        self._parts: dict[str, tuple[int, int]] = {}

    def update(self, part: str, fetched: int, total: int) -> None:
        """Set how many of the part's bytes are fetched; `total` is 0 if the artifacts do not say."""
        self._parts[part] = (fetched, total)

    @property
    def pulling(self) -> Pulling:
        """The progress for the status. The total is known once the pack has begun; descriptors are tiny."""
        parts = list(self._parts.items())
        known = any(is_pack(name) for name, _ in parts) and all(total for _, (_, total) in parts)
        total = sum(total for _, (_, total) in parts) if known else 0
        return Pulling(self._build, self._began, sum(fetched for _, (fetched, _) in parts), total)
