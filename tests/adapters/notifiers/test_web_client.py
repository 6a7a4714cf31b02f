"""Requests to a service keep its rate limit and never repeat a secret in an error."""

import asyncio

import pytest

from cockpit.adapters.notifiers import web_client
from cockpit.adapters.notifiers.web_client import WebClient
from cockpit.ports import Failed
from tests.adapters.notifiers.fake_service import Answer, Sent, fake_service


async def test_status_and_json_are_returned_and_an_invalid_body_is_an_empty_object() -> None:
    async with fake_service(lambda sent: (404, {"code": 7})) as service:
        client = WebClient("slack", service.url, {"Authorization": "Bearer secret"})
        assert await client.send("POST", "/x", {"a": 1}, {"wait": "true"}) == (404, {"code": 7})
        await client.close()
    assert (service.sent[0].path, service.sent[0].body) == ("/x?wait=true", {"a": 1})
    assert service.sent[0].headers["authorization"] == "Bearer secret"


async def test_after_a_429_the_next_request_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_client, "MAX_WAIT", 0.2)
    answers: list[Answer] = [(429, {}), (200, {})]

    def answer(_: Sent) -> Answer:
        return answers.pop(0)

    async with fake_service(answer) as service:
        client = WebClient("slack", service.url, {})
        with pytest.raises(Failed, match=r"slack: rate limit exceeded \(429\)"):
            await client.send("POST", "/x", {}, {})
        began = asyncio.get_running_loop().time()
        assert (await client.send("POST", "/x", {}, {}))[0] == 200
        assert asyncio.get_running_loop().time() - began >= 0.2
        await client.close()


async def test_errors_have_no_url() -> None:
    client = WebClient("discord", "http://127.0.0.1:1/secret", {})
    with pytest.raises(Failed) as failed:
        await client.send("POST", "/token", {}, {})
    assert str(failed.value) == "discord: cannot be reached (ConnectError)"
    assert failed.value.__cause__ is None
