"""Who holds a lock of the store."""

from msgspec import Struct


class Holder(Struct, frozen=True):
    """The holder of one lock."""

    name: str = ""
    """A person as `user@host`, or an engine; empty for nobody."""
    since: float = 0.0
    """0 where nobody holds it; a lock with a time and no name was given to nobody on purpose."""
    version: int = 0
    """Of the lock's record, which grows whenever it changes hands: the fencing token. 0 for a lock never held."""
