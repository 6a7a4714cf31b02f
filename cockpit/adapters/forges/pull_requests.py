"""Opens PRs on a forge and follows them; opening one twice for the same branch returns the existing PR."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from cockpit.adapters.forges.client import ForgeClient
from cockpit.deploy.pulls.proposals import Landing, OpenedPull, RevertProposal
from cockpit.deploy.text import clean
from cockpit.ports import Failed


class Dialect(Struct, frozen=True):
    """The paths and field names of one kind of forge."""

    path: str
    """Of the project's PRs."""
    query: str
    """Lists the PRs of a branch, with `{owner}` and `{branch}` to fill in."""
    number: str
    """The field with the PR's number."""
    url: str
    """The field with the PR's URL."""
    body: Callable[[RevertProposal], Mapping[str, object]]
    """The request that opens a PR."""
    landed: Callable[[Mapping[str, Any]], bool]
    """Whether a PR was merged."""
    closing: tuple[str, Mapping[str, str]] = ("PATCH", {"state": "closed"})
    """The method and the request that close a PR."""


def github(project: str, rest: str) -> Dialect:
    """GitHub's REST API; `rest` is the prefix of its paths."""

    def body(proposal: RevertProposal) -> Mapping[str, object]:
        branches = {"head": proposal.branch, "base": proposal.onto}
        return {"title": proposal.title, "body": proposal.body, "draft": proposal.draft, **branches}

    query = "?state=all&head={owner}:{branch}"
    path = f"{rest}/repos/{project}/pulls"
    return Dialect(path, query, "number", "html_url", body, lambda pull: bool(pull.get("merged_at")))


def gitlab(project: str) -> Dialect:
    """GitLab's API v4, which marks a draft by its title."""

    def body(proposal: RevertProposal) -> Mapping[str, object]:
        branches = {"source_branch": proposal.branch, "target_branch": proposal.onto}
        title = f"{'Draft: ' * proposal.draft}{proposal.title}"
        return {"title": title, "description": proposal.body, **branches}

    path = f"/projects/{quote(project, safe='')}/merge_requests"
    query = "?source_branch={branch}"
    closing = ("PUT", {"state_event": "close"})
    return Dialect(path, query, "iid", "web_url", body, lambda pull: pull.get("state") == "merged", closing)


def gitea(project: str) -> Dialect:
    """Gitea's and Forgejo's API v1, which cannot list by branch: lists the newest PRs instead."""

    def body(proposal: RevertProposal) -> Mapping[str, object]:
        title = f"{'WIP: ' * proposal.draft}{proposal.title}"
        return {"title": title, "head": proposal.branch, "base": proposal.onto, "body": proposal.body}

    query = "?state=all&sort=recentupdate&limit=50"
    path = f"/repos/{project}/pulls"
    return Dialect(path, query, "number", "html_url", body, lambda pull: pull.get("merged") is True)


class ForgePulls:
    """`engine.revert_pulls.Pulls` on one forge."""

    def __init__(self, client: ForgeClient, project: str, dialect: Dialect) -> None:
        self._client = client
        self._owner = project.partition("/")[0]
        self._dialect = dialect

    async def open_pull(self, proposal: RevertProposal) -> OpenedPull:
        """The branch's PR, opened unless the branch already has one that is not closed. Raises `Failed`."""
        dialect = self._dialect
        query = dialect.query.format(owner=quote(self._owner, safe=""), branch=quote(proposal.branch, safe=""))
        listed = await self._client.get(dialect.path + query)
        for pull in listed if isinstance(listed, list) else []:
            if not isinstance(pull, dict) or _branch(pull) != proposal.branch:
                continue
            if (existing := self._read(pull)).landing is not Landing.CLOSED:
                return existing
        return self._read(await self._client.post(dialect.path, dialect.body(proposal)))

    async def landing(self, number: int) -> Landing:
        """Whether the PR is open, merged or closed. Raises `Failed`."""
        return self._read(await self._client.get(f"{self._dialect.path}/{int(number)}")).landing

    async def close_pull(self, number: int) -> Landing:
        """Close the PR unless it was merged or closed already: its state then. Raises `Failed`."""
        landing = await self.landing(number)
        if landing is not Landing.OPEN:
            return landing
        method, body = self._dialect.closing
        return self._read(await self._client.send(method, f"{self._dialect.path}/{int(number)}", body)).landing

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _read(self, pull: object) -> OpenedPull:
        if not isinstance(pull, dict) or not isinstance(number := pull.get(self._dialect.number), int):
            raise Failed("forge", "its response is not a PR", "correct forge.url")
        landing = Landing.LANDED if self._dialect.landed(pull) else Landing.CLOSED
        if pull.get("state") in ("open", "opened", "locked"):
            landing = Landing.OPEN
        return OpenedPull(number, clean(str(pull.get(self._dialect.url) or "")), landing)


def _branch(pull: Mapping[str, Any]) -> object:
    head = pull.get("head")
    return pull.get("source_branch") or (head.get("ref") if isinstance(head, dict) else None)
