"""Opens PRs at a forge and follows them; asking twice for the same branch finds the one that is there."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from cockpit.adapters.forges.client import ForgeClient
from cockpit.deploy.pulls.proposals import Landing, Opened, RevertProposal
from cockpit.deploy.text import clean
from cockpit.ports import Failed


class Dialect(Struct, frozen=True):
    """How one kind of forge spells it."""

    place: str
    """The path of its PRs."""
    find: str
    """What follows that to list those of a branch, with `{owner}` and `{branch}`."""
    number: str
    url: str
    body: Callable[[RevertProposal], Mapping[str, object]]
    landed: Callable[[Mapping[str, Any]], bool]


def github(project: str, rest: str) -> Dialect:
    """GitHub's REST."""

    def body(asked: RevertProposal) -> Mapping[str, object]:
        more = {"head": asked.branch, "base": asked.onto, "body": asked.body, "draft": asked.draft}
        return {"title": asked.title, **more}

    find = "?state=all&head={owner}:{branch}"
    return Dialect(
        f"{rest}/repos/{project}/pulls", find, "number", "html_url", body, lambda p: bool(p.get("merged_at"))
    )


def gitlab(project: str) -> Dialect:
    """GitLab's API v4; a draft is one by its title."""

    def body(asked: RevertProposal) -> Mapping[str, object]:
        title = f"{'Draft: ' * asked.draft}{asked.title}"
        more = {"source_branch": asked.branch, "target_branch": asked.onto, "description": asked.body}
        return {"title": title, **more}

    place = f"/projects/{quote(project, safe='')}/merge_requests"
    return Dialect(place, "?source_branch={branch}", "iid", "web_url", body, lambda p: p.get("state") == "merged")


def gitea(project: str) -> Dialect:
    """Gitea's and Forgejo's API v1, which cannot list by branch: the newest are looked through."""

    def body(asked: RevertProposal) -> Mapping[str, object]:
        title = f"{'WIP: ' * asked.draft}{asked.title}"
        return {"title": title, "head": asked.branch, "base": asked.onto, "body": asked.body}

    find = "?state=all&sort=recentupdate&limit=50"
    return Dialect(f"/repos/{project}/pulls", find, "number", "html_url", body, lambda p: p.get("merged") is True)


class ForgePulls:
    """Implements `engine.proposing.Pulls`."""

    def __init__(self, client: ForgeClient, project: str, dialect: Dialect) -> None:
        self._client = client
        self._owner = project.partition("/")[0]
        self._dialect = dialect

    async def open_pull(self, asked: RevertProposal) -> Opened:
        """The PR of that branch, opened unless it is there. Raises `Failed`."""
        where = self._dialect.find.format(owner=quote(self._owner, safe=""), branch=quote(asked.branch, safe=""))
        listed = await self._client.get(self._dialect.place + where)
        for one in listed if isinstance(listed, list) else []:
            ours = isinstance(one, dict) and _branch(one) == asked.branch
            if ours and (there := self._read(one)).landing is not Landing.CLOSED:
                return there
        return self._read(await self._client.post(self._dialect.place, self._dialect.body(asked)))

    async def landing(self, number: int) -> Landing:
        """What became of it. Raises `Failed`."""
        return self._read(await self._client.get(f"{self._dialect.place}/{int(number)}")).landing

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    def _read(self, told: object) -> Opened:
        if not isinstance(told, dict) or not isinstance(number := told.get(self._dialect.number), int):
            raise Failed("forge", "its answer is not a PR", "correct forge.url")
        landed = Landing.LANDED if self._dialect.landed(told) else Landing.CLOSED
        still = told.get("state") in ("open", "opened", "locked")
        return Opened(number, clean(str(told.get(self._dialect.url) or "")), Landing.OPEN if still else landed)


def _branch(told: Mapping[str, Any]) -> object:
    head = told.get("head")
    return told.get("source_branch") or (head.get("ref") if isinstance(head, dict) else None)
