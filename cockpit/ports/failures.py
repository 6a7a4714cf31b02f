"""Errors of the systems outside cockpit. Each names the system, the reason and a remedy."""


class Failed(Exception):
    """A system outside cockpit did not do what it was asked to do."""

    def __init__(self, system: str, reason: str, remedy: str = "") -> None:
        super().__init__(f"{system}: {reason}{f'; {remedy}' if remedy else ''}")
        self.system = system
        self.reason = reason
        self.remedy = remedy


def internal_error(error: Exception) -> str:
    """The message for an exception that is not `Failed`: the bug is in cockpit, not outside."""
    return f"bug in cockpit: {type(error).__name__}: {error}"


class Refused(Failed):
    """The system understood the request and refuses it: sending it again changes nothing."""


class Conflict(Failed):
    """Another writer was first. Nothing was written: read again and decide again."""


MAYBE_DONE = "it may have succeeded: check `cockpit status` before you repeat it"


class Unconfirmed(Failed):
    """A write was sent and not confirmed: it may have been made, or may still be."""


class Withdrawn(Failed):
    """The work was withdrawn before its push. Nothing was pushed."""


class MergeConflict(Failed):
    """A revert or cherry-pick does not apply; `paths` are the files in conflict."""

    def __init__(self, system: str, reason: str, paths: tuple[str, ...]) -> None:
        super().__init__(system, reason, "revert what it conflicts with first, or fix it forward on main")
        self.paths = paths
