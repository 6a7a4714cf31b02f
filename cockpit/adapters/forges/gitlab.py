"""Reviews of merge requests from GitLab's API v4."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from cockpit.adapters.forges.client import ForgeClient, NotFound
from cockpit.adapters.forges.json_fields import object_at, text
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState, description

PAGE = 50
"""Merge requests in one request."""

_PIPELINES = {
    "success": Checks.GREEN,
    "skipped": Checks.GREEN,
    "failed": Checks.RED,
    "canceled": Checks.RED,
    "created": Checks.RUNNING,
    "waiting_for_resource": Checks.RUNNING,
    "preparing": Checks.RUNNING,
    "pending": Checks.RUNNING,
    "running": Checks.RUNNING,
}


class GitLab:
    """`ports.Forge` for `project`, which is `group/name` at any depth."""

    def __init__(self, client: ForgeClient, project: str) -> None:
        self._client = client
        self._path = f"/projects/{quote(project, safe='')}/merge_requests"

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """The reviews of these merge requests; unknown numbers are left out."""
        reviews: list[Review] = []
        for start in range(0, len(numbers), PAGE):
            iids = "&".join(f"iids[]={int(number)}" for number in numbers[start : start + PAGE])
            listed = await self._client.get(f"{self._path}?{iids}&per_page={PAGE}")
            merges = [merge for merge in listed if isinstance(merge, dict)] if isinstance(listed, list) else []
            reviews += [await self._review(merge) for merge in merges if isinstance(merge.get("iid"), int)]
        return tuple(reviews)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _review(self, merge: Mapping[str, Any]) -> Review:
        path = f"{self._path}/{merge['iid']}"
        details = await self._client.get(path)
        try:
            approvals = await self._client.get(f"{path}/approvals")
        except NotFound:  # an edition without approvals
            approvals = {}
        pipeline = object_at(details, "head_pipeline").get("status")
        return Review(
            merge["iid"],
            text(merge.get("title")),
            text(object_at(merge, "author").get("username")),
            text(merge.get("web_url")),
            _state(approvals),
            _PIPELINES.get(str(pipeline), Checks.UNKNOWN),
            tuple(text(label) for label in merge.get("labels") or ()),
            description(merge.get("description")),
        )


def _state(approvals: object) -> ReviewState:
    if not isinstance(approvals, dict) or "approved" not in approvals:
        return ReviewState.UNKNOWN
    return ReviewState.APPROVED if approvals["approved"] and approvals.get("approved_by") else ReviewState.WAITING
