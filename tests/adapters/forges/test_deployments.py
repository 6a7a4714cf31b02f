"""Forges are told over real HTTP where a PR is, in the shapes that they document."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cockpit.adapters.forges.deployments import ForgeNotifier
from cockpit.adapters.forges.factory import open_deployments
from cockpit.deploy.outbox import DeploymentMark, DeploymentState, Message
from cockpit.ports import Failed, MessageRejected
from tests.adapters.forges.test_factory import Answer, Clock, Server

SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
FIND = f"GET /repos/town/hall/deployments?sha={SHA}&task=deploy&environment=canary%20eu&per_page=1"
MAKE = "POST /repos/town/hall/deployments"
SAY = "POST /repos/town/hall/deployments/42/statuses"


def message(state: DeploymentState, commit: str = SHA) -> Message:
    mark = DeploymentMark("#7", commit, "canary eu", state, True, "2026-11-23.3")
    return Message("2026-11-23.3", 7, 1, "forge:github", 0.0, "", mark=mark)


@asynccontextmanager
async def forge(
    kind: str, answers: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[ForgeNotifier, Server]]:
    monkeypatch.setenv("COCKPIT_TEST_TOKEN", "very-secret")
    server = Server(answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1")
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    made = open_deployments(kind, server.url, "town/hall", "COCKPIT_TEST_TOKEN", None, Clock())
    try:
        yield made, server
    finally:
        await made.close()
        listening.close()


async def test_github_gets_a_deployment_with_its_environment_and_then_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, Answer] = {FIND: (200, {}, []), MAKE: (201, {}, {"id": 42}), SAY: (201, {}, {"id": 1})}
    async with forge("github", answers, monkeypatch) as (courier, server):
        await courier.deliver(message(DeploymentState.THERE), "")
    assert server.asked == [FIND, MAKE, SAY]
    made, said = (json.loads(body) for body in server.bodies[1:])
    assert (made["ref"], made["environment"], made["required_contexts"], made["auto_merge"]) == (
        SHA,
        "canary eu",
        [],
        False,
    )
    assert made["production_environment"] is True
    assert made["payload"] == {"release": "2026-11-23.3", "pull": "#7"}
    assert said == {
        "state": "success",
        "environment": "canary eu",
        "description": "2026-11-23.3: deployed on canary eu",
        "auto_inactive": False,
    }
    assert server.headers[0]["authorization"] == "Bearer very-secret"


async def test_a_deployment_that_is_there_already_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, Answer] = {FIND: (200, {}, [{"id": 42}]), SAY: (201, {}, {})}
    async with forge("github", answers, monkeypatch) as (courier, server):
        await courier.deliver(message(DeploymentState.GONE), "")
    assert server.asked == [FIND, SAY]
    assert json.loads(server.bodies[1])["state"] == "inactive"


async def test_what_was_never_deployed_is_not_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    async with forge("github", {FIND: (200, {}, [])}, monkeypatch) as (courier, server):
        await courier.deliver(message(DeploymentState.GONE), "")
    assert server.asked == [FIND]


@pytest.mark.parametrize(
    ("kind", "place", "there", "gone"),
    [
        ("gitlab", "/projects/town%2Fhall/statuses", ("success", "name"), ("canceled", "name")),
        ("gitea", "/repos/town/hall/statuses", ("success", "context"), ("warning", "context")),
    ],
)
async def test_gitlab_and_gitea_get_a_status_of_the_commit(
    kind: str, place: str, there: tuple[str, str], gone: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"POST {place}/{SHA}"
    async with forge(kind, {where: (201, {}, {})}, monkeypatch) as (courier, server):
        await courier.deliver(message(DeploymentState.THERE), "")
        await courier.deliver(message(DeploymentState.GONE), "")
    assert server.asked == [where, where]
    for body, (state, name) in zip(server.bodies, (there, gone), strict=True):
        said = json.loads(body)
        assert (said["state"], said[name]) == (state, "cockpit/canary eu")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((422, {}, {"message": "No ref found"}), MessageRejected),
        ((404, {}, {}), MessageRejected),
        ((403, {}, {"message": "very-secret"}), Failed),
        ((429, {"Retry-After": "9"}, {}), Failed),
        ((503, {}, {}), Failed),
    ],
)
async def test_what_goes_wrong_is_said_without_the_token(
    answer: Answer, kind: type[Failed], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with forge("github", {FIND: (200, {}, []), MAKE: answer}, monkeypatch) as (courier, _):
        with pytest.raises(Failed) as failed:
            await courier.deliver(message(DeploymentState.THERE), "")
    assert type(failed.value) is kind
    assert failed.value.system == "forge:github"
    assert "very-secret" not in str(failed.value)


async def test_a_commit_that_is_none_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    async with forge("github", {}, monkeypatch) as (courier, server):
        with pytest.raises(MessageRejected):
            await courier.deliver(message(DeploymentState.THERE, "../../x"), "")
    assert server.asked == []
