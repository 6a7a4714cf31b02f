"""Tells a forge on which tiers each PR is: GitHub by deployments, GitLab and Gitea by statuses of its commit.

Saying it twice is saying it once: GitHub is asked for the deployment before one is made, and a status replaces the one
of the same name. What is told hangs on the PR's newest commit of main.
"""

from collections.abc import Mapping
from urllib.parse import quote

from cockpit.adapters.forges.client import ForgeClient, NotFound, UnexpectedAnswer
from cockpit.deploy.outbox import DeploymentMark, DeploymentState, Message
from cockpit.ports import Failed, MessageRejected
from cockpit.rules.notifications.messages import FORGE


class ForgeNotifier:
    """Implements `ports.Courier` for one forge; its token must be allowed to write deployments or statuses."""

    threads = False

    def __init__(self, kind: str, client: ForgeClient, project: str, rest: str = "") -> None:
        self.name = f"{FORGE}{kind}"
        self._kind = kind
        self._client = client
        self._place = (
            f"/projects/{quote(project, safe='')}" if kind == "gitlab" else f"{rest}/repos/{quote(project, safe='/')}"
        )

    async def open_thread(self, release: str, text: str) -> str:
        """There are none."""
        return ""

    async def amend(self, thread: str, text: str) -> None:
        """Nor is there anything to edit."""

    async def deliver(self, message: Message, thread: str) -> None:
        """Say how the PR stands on the tier."""
        if (mark := message.mark) is None:
            return
        if not mark.commit.isalnum():
            raise MessageRejected(self.name, "a PR without a commit cannot be told of")
        try:
            await (self._deployed(mark) if self._kind == "github" else self._status(mark))
        except (NotFound, UnexpectedAnswer) as never:
            raise MessageRejected(self.name, f"{never.reason} about {mark.pull}, commit {mark.commit[:10]}") from never
        except Failed as failed:
            raise Failed(self.name, failed.reason, failed.remedy) from failed

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _deployed(self, mark: DeploymentMark) -> None:
        """https://docs.github.com/en/rest/deployments; without `auto_inactive` each PR would put out the last."""
        place = f"{self._place}/deployments"
        asked = f"?sha={mark.commit}&task=deploy&environment={quote(mark.tier, safe='')}&per_page=1"
        listed = await self._client.get(place + asked)
        found = listed[0] if isinstance(listed, list) and listed else None
        if found is None and mark.state is DeploymentState.GONE:
            return
        if found is None:
            found = await self._client.post(place, self._deployment(mark))
        ident = found.get("id") if isinstance(found, dict) else None
        if not isinstance(ident, int):
            raise Failed("github", "its answer is not a deployment", "correct forge.url")
        state = "success" if mark.state is DeploymentState.THERE else "inactive"
        status = {"state": state, "environment": mark.tier, "description": _words(mark), "auto_inactive": False}
        await self._client.post(f"{place}/{ident}/statuses", status)

    def _deployment(self, mark: DeploymentMark) -> Mapping[str, object]:
        return {
            "ref": mark.commit,
            "task": "deploy",
            "environment": mark.tier,
            "description": _words(mark),
            "auto_merge": False,
            "required_contexts": [],
            "production_environment": mark.public,
            "payload": {"release": mark.release, "pull": mark.pull},
        }

    async def _status(self, mark: DeploymentMark) -> None:
        """https://docs.gitlab.com/api/commits and Gitea's `repoCreateStatus`."""
        there = mark.state is DeploymentState.THERE
        if self._kind == "gitlab":
            body = {"state": "success" if there else "canceled", "name": f"cockpit/{mark.tier}"}
        else:
            body = {"state": "success" if there else "warning", "context": f"cockpit/{mark.tier}"}
        await self._client.post(f"{self._place}/statuses/{mark.commit}", {**body, "description": _words(mark)})


def _words(mark: DeploymentMark) -> str:
    """At most 140 characters, as GitHub takes them."""
    return f"{mark.release}: {mark.state} {'on' if mark.state is DeploymentState.THERE else 'from'} {mark.tier}"[:140]
