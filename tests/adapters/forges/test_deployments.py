"""Deployments and statuses are reported over real HTTP, in the shapes that the forges document."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cockpit.adapters.forges.deployments import ForgeNotifier
from cockpit.adapters.forges.factory import open_deployments
from cockpit.deploy.outbox import DeploymentMark, DeploymentState, Message
from cockpit.ports import Failed, MessageRejected
from tests.adapters.forges.server import TOKEN_VARIABLE, Clock, ForgeServer, Response

SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
LIST = f"GET /repos/town/hall/deployments?sha={SHA}&task=deploy&environment=canary%20eu&per_page=1"
CREATE = "POST /repos/town/hall/deployments"
STATUS = "POST /repos/town/hall/deployments/42/statuses"


def message(state: DeploymentState, commit: str = SHA) -> Message:
    mark = DeploymentMark("#7", commit, "canary eu", state, True, "2026-11-23.3")
    return Message("2026-11-23.3", 7, 1, "forge:github", 0.0, "", mark=mark)


@asynccontextmanager
async def open_notifier(
    kind: str, responses: dict[str, Response], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[ForgeNotifier, ForgeServer]]:
    monkeypatch.setenv(TOKEN_VARIABLE, "very-secret")
    server = ForgeServer(responses)
    async with server.listening():
        notifier = open_deployments(kind, server.url, "town/hall", TOKEN_VARIABLE, None, Clock())
        try:
            yield notifier, server
        finally:
            await notifier.close()


async def test_github_gets_a_deployment_with_its_environment_and_then_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    responses: dict[str, Response] = {LIST: (200, {}, []), CREATE: (201, {}, {"id": 42}), STATUS: (201, {}, {"id": 1})}
    async with open_notifier("github", responses, monkeypatch) as (notifier, server):
        await notifier.deliver(message(DeploymentState.DEPLOYED), "")
    assert server.requests == [LIST, CREATE, STATUS]
    deployment, status = (json.loads(body) for body in server.bodies[1:])
    assert (deployment["ref"], deployment["environment"]) == (SHA, "canary eu")
    assert (deployment["required_contexts"], deployment["auto_merge"]) == ([], False)
    assert deployment["production_environment"] is True
    assert deployment["payload"] == {"release": "2026-11-23.3", "pull": "#7"}
    assert status == {
        "state": "success",
        "environment": "canary eu",
        "description": "2026-11-23.3: deployed on canary eu",
        "auto_inactive": False,
    }
    assert server.headers[0]["authorization"] == "Bearer very-secret"


async def test_an_existing_deployment_is_not_created_again(monkeypatch: pytest.MonkeyPatch) -> None:
    responses: dict[str, Response] = {LIST: (200, {}, [{"id": 42}]), STATUS: (201, {}, {})}
    async with open_notifier("github", responses, monkeypatch) as (notifier, server):
        await notifier.deliver(message(DeploymentState.WITHDRAWN), "")
    assert server.requests == [LIST, STATUS]
    assert json.loads(server.bodies[1])["state"] == "inactive"


async def test_a_pr_that_was_never_deployed_is_not_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_notifier("github", {LIST: (200, {}, [])}, monkeypatch) as (notifier, server):
        await notifier.deliver(message(DeploymentState.WITHDRAWN), "")
    assert server.requests == [LIST]


@pytest.mark.parametrize(
    ("kind", "path", "deployed", "withdrawn"),
    [
        ("gitlab", "/projects/town%2Fhall/statuses", ("success", "name"), ("canceled", "name")),
        ("gitea", "/repos/town/hall/statuses", ("success", "context"), ("warning", "context")),
    ],
)
async def test_gitlab_and_gitea_get_a_status_of_the_commit(
    kind: str, path: str, deployed: tuple[str, str], withdrawn: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = f"POST {path}/{SHA}"
    async with open_notifier(kind, {request: (201, {}, {})}, monkeypatch) as (notifier, server):
        await notifier.deliver(message(DeploymentState.DEPLOYED), "")
        await notifier.deliver(message(DeploymentState.WITHDRAWN), "")
    assert server.requests == [request, request]
    for body, (state, name) in zip(server.bodies, (deployed, withdrawn), strict=True):
        status = json.loads(body)
        assert (status["state"], status[name]) == (state, "cockpit/canary eu")


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        ((422, {}, {"message": "No ref found"}), MessageRejected),
        ((404, {}, {}), MessageRejected),
        ((403, {}, {"message": "very-secret"}), Failed),
        ((429, {"Retry-After": "9"}, {}), Failed),
        ((503, {}, {}), Failed),
    ],
)
async def test_errors_are_reported_without_the_token(
    response: Response, kind: type[Failed], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_notifier("github", {LIST: (200, {}, []), CREATE: response}, monkeypatch) as (notifier, _):
        with pytest.raises(Failed) as failed:
            await notifier.deliver(message(DeploymentState.DEPLOYED), "")
    assert type(failed.value) is kind
    assert failed.value.system == "forge:github"
    assert "very-secret" not in str(failed.value)


async def test_an_invalid_commit_id_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_notifier("github", {}, monkeypatch) as (notifier, server):
        with pytest.raises(MessageRejected):
            await notifier.deliver(message(DeploymentState.DEPLOYED, "../../x"), "")
    assert server.requests == []
