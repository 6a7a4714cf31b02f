"""The interface of the forge: GitHub, GitLab or Gitea."""

from collections.abc import Sequence
from typing import Protocol

from cockpit.deploy.pulls.reviews import Review


class Forge(Protocol):
    """Knows more of a PR than the repository's history: its title, reviews and checks."""

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """The reviews of these PRs; an unknown number is left out.

        Raises `Failed`. While a rate limit holds, it raises without a request.
        """

    async def close(self) -> None:
        """Close the connections."""
