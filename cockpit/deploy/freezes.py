"""Freezes: spans of time in which no release starts and no step is taken, folded from the events of all releases."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Frozen, Thawed


class Freeze(Struct, frozen=True):
    """One freeze."""

    at: float
    until: float
    """When it ends by itself, or when a thaw or the next freeze ended it."""
    by: str
    why: str
    lifted: bool = False
    """Whether it was ended early."""

    def in_force(self, now: float) -> bool:
        """Whether it is in force. A freeze from a writer whose clock is ahead is in force at once."""
        return not self.lifted and now < self.until


def freezes(events: Iterable[Event]) -> tuple[Freeze, ...]:
    """Fold events, oldest first, into freezes. Only the last freeze can be in force."""
    folded: list[Freeze] = []
    for event in events:
        if folded and (event.at < folded[-1].until or isinstance(event.what, Thawed)):
            folded[-1] = replace(folded[-1], until=min(event.at, folded[-1].until), lifted=True)
        if isinstance(event.what, Frozen):
            folded.append(Freeze(event.at, event.what.until, event.by, event.why))
    return tuple(folded)
