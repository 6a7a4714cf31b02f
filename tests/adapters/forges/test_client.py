"""Requests to a forge: retries, errors without the token, and cached responses."""

import pytest

from cockpit.adapters.forges import client as client_module
from cockpit.adapters.forges.client import ForgeClient, NotFound, UnexpectedAnswer
from cockpit.adapters.forges.factory import open_forge
from cockpit.ports import Failed, Refused
from tests.adapters.forges.server import TOKEN_VARIABLE, Clock, ForgeServer, Response, open_test_forge


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ((500, {}, {}), "cannot be reached: it answered 500"),
        ((200, {}, "<html>"), "is not JSON"),
        ((200, {}, "[" * 100_000), "is not JSON"),
        ((401, {}, {}), r"denied access \(401\).*token"),
        ((302, {"Location": "http://elsewhere.example.com/"}, {}), "answered 302"),
    ],
)
async def test_errors_are_reported_without_the_token(
    response: Response, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "s3cret")
    async with open_test_forge("github", {"POST /graphql": response}) as (github, server):
        with pytest.raises(Failed, match=message) as failed:
            await github.reviews([12])
    assert "s3cret" not in str(failed.value)
    assert len(server.requests) == (3 if response[0] == 500 else 1), "only a server error is retried"


async def test_a_forge_that_does_not_listen_cannot_be_reached() -> None:
    forge = open_forge("github", "http://127.0.0.1:1", "town/hall", "NONE", None, Clock())
    with pytest.raises(Failed, match="cannot be reached"):
        await forge.reviews([1])
    await forge.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotFound), (410, NotFound), (422, UnexpectedAnswer), (418, Refused), (401, Refused), (403, Refused)],
)
async def test_each_status_raises_its_error(status: int, kind: type[Failed]) -> None:
    server = ForgeServer({"POST /x": (status, {}, {})})
    async with server.listening():
        client = ForgeClient("gitea", server.url, {}, Clock())
        with pytest.raises(Failed) as failed:
            await client.post("/x", {})
        await client.close()
    assert type(failed.value) is kind


async def test_the_oldest_cached_response_is_dropped_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_CACHED", 2)
    server = ForgeServer({f"GET /{name}": (200, {"ETag": f'"{name}"'}, name) for name in "abc"})
    async with server.listening():
        client = ForgeClient("gitea", server.url, {}, Clock())
        server.responses = {path: (200, headers, [name]) for path, (_, headers, name) in server.responses.items()}
        for name in "abcca":
            assert await client.get(f"/{name}") == [name]
        await client.close()
    assert [headers.get("if-none-match") for headers in server.headers] == [None, None, None, '"c"', None]
