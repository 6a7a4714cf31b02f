"""Reviews of PRs from the API v1 of Gitea and its fork Forgejo."""

from collections.abc import Sequence
from urllib.parse import quote

from cockpit.adapters.forges.client import ForgeClient, NotFound
from cockpit.adapters.forges.json_fields import label_names, object_at, text
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState, description

_STATUSES = {
    "success": Checks.GREEN,
    "warning": Checks.GREEN,
    "failure": Checks.RED,
    "error": Checks.RED,
    "pending": Checks.RUNNING,
}


class Gitea:
    """`ports.Forge` for `project`, which is `owner/name`."""

    def __init__(self, client: ForgeClient, project: str) -> None:
        self._client = client
        owner, _, name = project.partition("/")
        self._path = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """The reviews of these PRs; unknown numbers are left out."""
        reviews: list[Review] = []
        for number in numbers:
            try:
                pull = await self._client.get(f"{self._path}/pulls/{int(number)}")
            except NotFound:
                continue
            state = _state(await self._client.get(f"{self._path}/pulls/{int(number)}/reviews"))
            sha = str(object_at(pull, "head").get("sha") or "")
            status = await self._client.get(f"{self._path}/commits/{sha}/status") if sha.isalnum() else {}
            checks = str(status.get("state")) if isinstance(status, dict) else ""
            reviews.append(
                Review(
                    int(number),
                    text(pull.get("title")),
                    text(object_at(pull, "user").get("login")),
                    text(pull.get("html_url")),
                    state,
                    _STATUSES.get(checks, Checks.UNKNOWN),
                    label_names(pull.get("labels")),
                    description(pull.get("body")),
                )
            )
        return tuple(reviews)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _state(reviews: object) -> ReviewState:
    """Each reviewer's last verdict counts unless it was dismissed; one request for changes outweighs approvals."""
    last: dict[str, str] = {}
    for review in reviews if isinstance(reviews, list) else []:
        if isinstance(review, dict) and review.get("state") in ("APPROVED", "REQUEST_CHANGES"):
            reviewer = str(object_at(review, "user").get("login"))
            last[reviewer] = "" if review.get("dismissed") else str(review["state"])
    if "REQUEST_CHANGES" in last.values():
        return ReviewState.CHANGES
    return ReviewState.APPROVED if "APPROVED" in last.values() else ReviewState.WAITING
