"""The ways in which the world fails: each says what failed, why, and what to do about it."""


class Failed(Exception):
    """Something outside cockpit did not do what it was asked."""

    def __init__(self, system: str, reason: str, remedy: str = "") -> None:
        super().__init__(f"{system}: {reason}{f'; {remedy}' if remedy else ''}")
        self.system = system
        self.reason = reason
        self.remedy = remedy


def internal_error(broken: Exception) -> str:
    """What is said of an exception that is no `Failed`: nothing outside failed, this program has a fault."""
    return f"a fault of ours: {type(broken).__name__}: {broken}"


class Conflict(Failed):
    """Somebody else wrote first: look again, decide again. Nothing was written."""


PERHAPS_DONE = "it may have been done all the same: look at `cockpit status` before you repeat it"


class Unsure(Failed):
    """A write that was sent and not confirmed: it may have been made, or may still be."""


class Conflicted(Failed):
    """A revert or pick does not apply by itself; `paths` are where."""

    def __init__(self, system: str, reason: str, paths: tuple[str, ...]) -> None:
        super().__init__(system, reason, "revert what it conflicts with first, or fix it forward on main")
        self.paths = paths
