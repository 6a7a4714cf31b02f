"""How far a pull is: counted by the thread that pulls, read by the report."""

from cockpit.deploy.builds.build import is_pack
from cockpit.deploy.hosts.status import Pulling


class Progress:
    """One pull. What a part says after the pull was given up goes to nobody: the next one counts anew."""

    def __init__(self, build: str, began: float) -> None:
        self._build = build
        self._began = began
        self._parts: dict[str, tuple[int, int]] = {}

    def heard(self, name: str, so_far: int, whole: int) -> None:
        """So many bytes of that part have come, of `whole`; 0 where the store does not say."""
        self._parts[name] = (so_far, whole)

    @property
    def pulling(self) -> Pulling:
        """For the status. What there is to fetch is known once the pack has begun: descriptors are next to nothing."""
        parts = list(self._parts.items())
        known = any(is_pack(name) for name, _ in parts) and all(whole for _, (_, whole) in parts)
        total = sum(whole for _, (_, whole) in parts) if known else 0
        return Pulling(self._build, self._began, sum(so_far for _, (so_far, _) in parts), total)
