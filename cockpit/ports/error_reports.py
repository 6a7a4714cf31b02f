"""The interface of an error tracker, such as Sentry or a log file."""

from typing import Protocol


class ErrorReports(Protocol):
    """Reads production's error reports. Methods block: call them from a thread."""

    def latest(self, since: float = 0.0) -> str:
        """The newest report; empty for none.

        A source that knows when an error was first seen leaves out those from before `since`.
        """
