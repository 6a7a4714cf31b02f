"""Reports to a forge on which tiers each PR is: as GitHub deployments, or as commit statuses on GitLab and Gitea.

Reporting is idempotent: a GitHub deployment is created only if there is none, and a commit status replaces the status
of the same name. Both belong to the PR's newest commit on main.
"""

from collections.abc import Mapping
from urllib.parse import quote

from cockpit.adapters.forges.client import ForgeClient, NotFound, UnexpectedAnswer
from cockpit.deploy.outbox import DeploymentMark, DeploymentState, Message
from cockpit.ports import Failed, MessageRejected
from cockpit.rules.notifications.messages import FORGE_PREFIX


class ForgeNotifier:
    """`ports.Notifier` for one forge; its token needs permission to write deployments or statuses."""

    threads = False

    def __init__(self, kind: str, client: ForgeClient, project: str, rest: str = "") -> None:
        self.name = f"{FORGE_PREFIX}{kind}"
        self._kind = kind
        self._client = client
        gitlab, other = f"/projects/{quote(project, safe='')}", f"{rest}/repos/{quote(project, safe='/')}"
        self._path = gitlab if kind == "gitlab" else other

    async def open_thread(self, release: str, text: str) -> str:
        """Do nothing: a forge has no threads."""
        return ""

    async def amend(self, thread: str, text: str) -> None:
        """Do nothing: there is no head message."""

    async def deliver(self, message: Message, thread: str) -> None:
        """Report whether the PR is on the tier."""
        if (mark := message.mark) is None:
            return
        if not mark.commit.isalnum():
            raise MessageRejected(self.name, f"{mark.pull} has no commit to report on")
        try:
            await (self._send_deployment(mark) if self._kind == "github" else self._send_status(mark))
        except (NotFound, UnexpectedAnswer) as refused:
            reason = f"{refused.reason} to {mark.pull}, commit {mark.commit[:10]}"
            raise MessageRejected(self.name, reason) from refused
        except Failed as failed:
            raise Failed(self.name, failed.reason, failed.remedy) from failed

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _send_deployment(self, mark: DeploymentMark) -> None:
        """Create the deployment if it is missing, and set its status (https://docs.github.com/en/rest/deployments).

        `auto_inactive` is off: otherwise the deployment of one PR would end that of another.
        """
        path = f"{self._path}/deployments"
        query = f"?sha={mark.commit}&task=deploy&environment={quote(mark.tier, safe='')}&per_page=1"
        listed = await self._client.get(path + query)
        deployment = listed[0] if isinstance(listed, list) and listed else None
        if deployment is None and mark.state is DeploymentState.WITHDRAWN:
            return
        if deployment is None:
            deployment = await self._client.post(path, _deployment(mark))
        ident = deployment.get("id") if isinstance(deployment, dict) else None
        if not isinstance(ident, int):
            raise Failed("github", "its response is not a deployment", "correct forge.url")
        state = "success" if mark.state is DeploymentState.DEPLOYED else "inactive"
        status = {"state": state, "environment": mark.tier, "description": _description(mark), "auto_inactive": False}
        await self._client.post(f"{path}/{ident}/statuses", status)

    async def _send_status(self, mark: DeploymentMark) -> None:
        """Set the commit status, by https://docs.gitlab.com/api/commits or Gitea's `repoCreateStatus`."""
        deployed = mark.state is DeploymentState.DEPLOYED
        if self._kind == "gitlab":
            body = {"state": "success" if deployed else "canceled", "name": f"cockpit/{mark.tier}"}
        else:
            body = {"state": "success" if deployed else "warning", "context": f"cockpit/{mark.tier}"}
        await self._client.post(f"{self._path}/statuses/{mark.commit}", {**body, "description": _description(mark)})


def _deployment(mark: DeploymentMark) -> Mapping[str, object]:
    return {
        "ref": mark.commit,
        "task": "deploy",
        "environment": mark.tier,
        "description": _description(mark),
        "auto_merge": False,
        "required_contexts": [],
        "production_environment": mark.public,
        "payload": {"release": mark.release, "pull": mark.pull},
    }


def _description(mark: DeploymentMark) -> str:
    """The description, at most 140 characters: GitHub's limit."""
    return f"{mark.release}: {mark.state} {'on' if mark.state is DeploymentState.DEPLOYED else 'from'} {mark.tier}"[
        :140
    ]
