"""The holder of a lock in the store."""

from msgspec import Struct


class Holder(Struct, frozen=True):
    """The holder of one lock."""

    name: str = ""
    """A person as `user@host`, or an engine; empty if the lock is free."""
    since: float = 0.0
    """0 if the lock is free. A time without a name: the last holder released it on purpose."""
    version: int = 0
    """The version of the lock's record, which grows with every new holder: the fencing token. 0 if never held."""
