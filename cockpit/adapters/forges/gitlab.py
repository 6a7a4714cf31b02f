"""GitLab, and Gitea with its fork Forgejo, through the same port as GitHub."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from cockpit.adapters.forges.client import ForgeClient, NotFound
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState, description
from cockpit.deploy.text import clean

PAGE = 50
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
_STATUSES = {
    "success": Checks.GREEN,
    "warning": Checks.GREEN,
    "failure": Checks.RED,
    "error": Checks.RED,
    "pending": Checks.RUNNING,
}


class GitLab:
    """Implements `ports.Forge` by GitLab's API v4; `project` is `group/name`, at any depth."""

    def __init__(self, client: ForgeClient, project: str) -> None:
        self._client = client
        self._place = f"/projects/{quote(project, safe='')}/merge_requests"

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """What GitLab knows of these merge requests; a number that is none is left out."""
        found: list[Review] = []
        for at in range(0, len(numbers), PAGE):
            wanted = "&".join(f"iids[]={int(number)}" for number in numbers[at : at + PAGE])
            listed = await self._client.get(f"{self._place}?{wanted}&per_page={PAGE}")
            known = [merge for merge in listed if isinstance(merge, dict)] if isinstance(listed, list) else []
            found += [await self._one(merge) for merge in known if isinstance(merge.get("iid"), int)]
        return tuple(found)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _one(self, merge: Mapping[str, Any]) -> Review:
        place = f"{self._place}/{merge['iid']}"
        whole = await self._client.get(place)
        try:
            approvals = await self._client.get(f"{place}/approvals")
        except NotFound:  # an edition without approvals
            approvals = {}
        pipeline = _part(whole, "head_pipeline").get("status")
        verdict = ReviewState.UNKNOWN
        if isinstance(approvals, dict) and "approved" in approvals:
            verdict = (
                ReviewState.APPROVED if approvals["approved"] and approvals.get("approved_by") else ReviewState.WAITING
            )
        return Review(
            merge["iid"],
            _text(merge.get("title")),
            _text(_part(merge, "author").get("username")),
            _text(merge.get("web_url")),
            verdict,
            _PIPELINES.get(str(pipeline), Checks.UNKNOWN),
            tuple(_text(label) for label in merge.get("labels") or ()),
            description(merge.get("description")),
        )


class Gitea:
    """Implements `ports.Forge` by the API v1 of Gitea and Forgejo; `project` is `owner/name`."""

    def __init__(self, client: ForgeClient, project: str) -> None:
        self._client = client
        owner, _, name = project.partition("/")
        self._place = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """What the forge knows of these PRs; a number that is none is left out."""
        found: list[Review] = []
        for number in numbers:
            try:
                pull = await self._client.get(f"{self._place}/pulls/{int(number)}")
            except NotFound:
                continue
            reviews = await self._client.get(f"{self._place}/pulls/{int(number)}/reviews")
            sha = str(_part(pull, "head").get("sha") or "")
            status = await self._client.get(f"{self._place}/commits/{sha}/status") if sha.isalnum() else {}
            state = str(status.get("state")) if isinstance(status, dict) else ""
            found.append(
                Review(
                    int(number),
                    _text(pull.get("title")),
                    _text(_part(pull, "user").get("login")),
                    _text(pull.get("html_url")),
                    _verdict(reviews),
                    _STATUSES.get(state, Checks.UNKNOWN),
                    tuple(_text(label.get("name")) for label in pull.get("labels") or () if isinstance(label, dict)),
                    description(pull.get("body")),
                )
            )
        return tuple(found)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()


def _verdict(reviews: object) -> ReviewState:
    """Of those that are official and not dismissed, each reviewer's last."""
    last: dict[str, str] = {}
    for review in reviews if isinstance(reviews, list) else []:
        if isinstance(review, dict) and review.get("state") in ("APPROVED", "REQUEST_CHANGES"):
            last[str(_part(review, "user").get("login"))] = "" if review.get("dismissed") else str(review["state"])
    if "REQUEST_CHANGES" in last.values():
        return ReviewState.CHANGES
    return ReviewState.APPROVED if "APPROVED" in last.values() else ReviewState.WAITING


def _part(value: object, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return clean(str(value)) if value else ""
