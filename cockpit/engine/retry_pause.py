"""The pauses between attempts to reach a system that does not answer: they grow, and end with its first answer."""

from dataclasses import dataclass

LONGEST = 300.0
"""Seconds of the longest pause."""
PATIENCE = 2
"""Failures in a row after which a delay is reported."""


@dataclass
class RetryPause:
    """The failures in a row of one system."""

    first: float
    """Seconds of the pause while the system answers."""
    failures: int = 0

    @property
    def seconds(self) -> float:
        """The pause before the next attempt."""
        return float(min(max(LONGEST, self.first), self.first * 2 ** min(self.failures, 16)))

    @property
    def is_delay(self) -> bool:
        """Whether it has failed for long enough to report it."""
        return self.failures >= PATIENCE

    def record(self, answered: bool) -> None:
        """Record an attempt."""
        self.failures = 0 if answered else self.failures + 1
