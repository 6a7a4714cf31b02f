"""Freezes: times in which no release starts and no step is taken, as the fold of their events over all releases."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Frozen, Thawed


class Freeze(Struct, frozen=True):
    """One freeze."""

    at: float
    until: float
    """When it ends by itself, or was ended: by a thaw, or by the next freeze in its place."""
    by: str
    why: str
    lifted: bool = False
    """Whether it was ended before its time."""

    def holds(self, now: float) -> bool:
        """Whether it is in force. One that a writer whose clock is ahead has just begun is."""
        return not self.lifted and now < self.until


def freezes(events: Iterable[Event]) -> tuple[Freeze, ...]:
    """Every freeze that these events, oldest first, make; the last of them alone may be in force."""
    found: list[Freeze] = []
    for event in events:
        if found and (event.at < found[-1].until or isinstance(event.what, Thawed)):
            found[-1] = replace(found[-1], until=min(event.at, found[-1].until), lifted=True)
        if isinstance(event.what, Frozen):
            found.append(Freeze(event.at, event.what.until, event.by, event.why))
    return tuple(found)
