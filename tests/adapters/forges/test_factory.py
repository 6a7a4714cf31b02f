"""Forges are asked over real HTTP: a local server speaks the shapes that their APIs document."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cockpit.adapters.forges.factory import open_forge
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.ports import Failed, Forge

Answer = tuple[int, dict[str, str], object]


@dataclass
class Server:
    """Answers each request by `answers[method path]`, or 404, and keeps what it was asked."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        sent = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        method, path, _ = head[0].split(" ")
        self.asked.append(f"{method} {path}")
        self.headers.append(sent)
        self.bodies.append((await reader.readexactly(int(sent.get("content-length", 0)))).decode())
        code, extra, value = self.answers.get(f"{method} {path}", (404, {}, {"message": "Not Found"}))
        if extra.get("ETag") and sent.get("if-none-match") == extra["ETag"]:
            code, value = 304, None
        body = b"" if value is None else value.encode() if isinstance(value, str) else json.dumps(value).encode()
        lines = [f"HTTP/1.1 {code} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {text}" for name, text in extra.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        writer.close()


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def forge(
    kind: str, answers: dict[str, Answer], tail: str = "", clock: Callable[[], float] | None = None
) -> AsyncIterator[tuple[Forge, Server]]:
    """The forge of a server on this machine, for town/hall."""
    server = Server(answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1")
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    made = open_forge(kind, server.url + tail, "town/hall", "COCKPIT_TEST_TOKEN", None, clock or Clock())
    try:
        yield made, server
    finally:
        await made.close()
        listening.close()


def graphql(**pulls: object) -> Answer:
    return 200, {}, {"data": {"repository": pulls}}


def node(number: int, decision: str | None = "APPROVED", state: str | None = "SUCCESS") -> object:
    rollup = {"state": state} if state else None
    return {
        "number": number,
        "title": "Wind \x1b[31mit",
        "body": "It stops.\x1b[2J\r\n",
        "url": f"https://example.com/{number}",
        "author": {"login": "ada"},
        "reviewDecision": decision,
        "labels": {"nodes": [{"name": "clock"}]},
        "commits": {"nodes": [{"commit": {"statusCheckRollup": rollup}}]},
    }


ADA = Review(
    12, "Wind it", "ada", "https://example.com/12", ReviewState.APPROVED, Checks.GREEN, ("clock",), ("It stops.",)
)


async def test_github_answers_a_page_of_prs_in_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COCKPIT_TEST_TOKEN", "s3cret")
    answer = graphql(p12=node(12), p13=node(13, "CHANGES_REQUESTED", "PENDING"), p14=None, p15=node(15, None, None))
    async with forge("github", {"POST /graphql": answer}) as (github, server):
        one, two, three = await github.reviews([12, 13, 14, 15])
    assert one == ADA
    assert (two.verdict, two.checks) == (ReviewState.CHANGES, Checks.RUNNING)
    assert (three.verdict, three.checks) == (ReviewState.UNKNOWN, Checks.UNKNOWN)
    assert server.asked == ["POST /graphql"]
    assert server.headers[0]["authorization"] == "Bearer s3cret"
    assert "pullRequest(number:15)" in server.bodies[0]
    assert json.loads(server.bodies[0])["variables"] == {"owner": "town", "name": "hall"}


async def test_where_github_asks_for_no_review_what_the_reviewers_said_counts() -> None:
    def said(number: int, *states: str) -> object:
        nodes = [{"state": state, "author": {"login": f"r{at}"}} for at, state in enumerate(states)]
        return {**node(number, None), "latestOpinionatedReviews": {"nodes": nodes}}  # type: ignore[dict-item]

    answer = graphql(p1=said(1, "APPROVED"), p2=said(2, "APPROVED", "CHANGES_REQUESTED"), p3=said(3))
    async with forge("github", {"POST /graphql": answer}) as (github, _):
        found = await github.reviews([1, 2, 3])
    assert [one.verdict for one in found] == [ReviewState.APPROVED, ReviewState.CHANGES, ReviewState.WAITING]


REST: dict[str, Answer] = {
    "GET /api/v3/repos/town/hall/pulls/12": (
        200,
        {"ETag": '"a"'},
        {
            "title": "Wind it",
            "body": "It stops.\n",
            "user": {"login": "ada"},
            "html_url": "https://example.com/12",
            "head": {"sha": "abc1"},
            "labels": [{"name": "clock"}],
        },
    ),
    "GET /api/v3/repos/town/hall/pulls/12/reviews?per_page=100": (
        200,
        {"ETag": '"b"'},
        [
            {"user": {"login": "bo"}, "state": "CHANGES_REQUESTED"},
            {"user": {"login": "bo"}, "state": "APPROVED"},
            {"user": {"login": "cy"}, "state": "COMMENTED"},
        ],
    ),
    "GET /api/v3/repos/town/hall/commits/abc1/check-runs?per_page=100": (
        200,
        {"ETag": '"c"'},
        {
            "check_runs": [
                {"status": "completed", "conclusion": "success"},
                {"status": "completed", "conclusion": "skipped"},
            ]
        },
    ),
}


async def test_an_enterprise_without_graphql_is_read_by_rest_and_not_read_again_while_it_is_the_same() -> None:
    async with forge("github", REST, "/api/v3") as (github, server):
        assert await github.reviews([12, 99]) == (ADA,)
        assert server.asked[0] == "POST /api/graphql"
        assert await github.reviews([12]) == (ADA,)
        assert [sent.get("if-none-match") for sent in server.headers[-3:]] == ['"a"', '"b"', '"c"']


async def test_gitlab_tells_approvals_and_the_pipeline() -> None:
    place = "/projects/town%2Fhall/merge_requests"
    merge = {
        "iid": 12,
        "title": "Wind it",
        "description": "It stops.",
        "author": {"username": "ada"},
        "web_url": "https://example.com/12",
        "labels": ["clock"],
    }
    answers: dict[str, Answer] = {
        f"GET {place}?iids[]=12&iids[]=13&per_page=50": (200, {}, [merge, {**merge, "iid": 13}]),
        f"GET {place}/12": (200, {}, {**merge, "head_pipeline": {"status": "success"}}),
        f"GET {place}/12/approvals": (200, {}, {"approved": True, "approved_by": [{"user": {}}]}),
        f"GET {place}/13": (200, {}, {**merge, "head_pipeline": None}),
    }
    async with forge("gitlab", answers) as (gitlab, _):
        one, two = await gitlab.reviews([12, 13])
    assert one == ADA
    assert (two.verdict, two.checks) == (ReviewState.UNKNOWN, Checks.UNKNOWN)


async def test_gitea_tells_reviews_and_the_combined_status() -> None:
    place = "/api/v1/repos/town/hall"
    answers: dict[str, Answer] = {
        f"GET {place}/pulls/12": (
            200,
            {},
            {
                "title": "Wind it",
                "body": "It stops.",
                "user": {"login": "ada"},
                "html_url": "https://example.com/12",
                "head": {"sha": "abc1"},
                "labels": [{"name": "clock"}],
            },
        ),
        f"GET {place}/pulls/12/reviews": (200, {}, [{"user": {"login": "bo"}, "state": "APPROVED"}]),
        f"GET {place}/commits/abc1/status": (200, {}, {"state": "success"}),
    }
    async with forge("gitea", answers, "/api/v1") as (gitea, _):
        assert await gitea.reviews([12, 13]) == (ADA,)


@pytest.mark.parametrize(
    ("answer", "quiet"),
    [
        ((403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1300"}, {}), 300),
        ((429, {"Retry-After": "30"}, {}), 30),
        ((403, {"Retry-After": "45"}, {"message": "secondary rate limit"}), 45),
        ((429, {}, {}), 60),
        ((200, {}, {"errors": [{"type": "RATE_LIMITED"}]}), 60),
    ],
)
async def test_while_a_rate_limit_holds_nothing_is_sent(answer: Answer, quiet: int) -> None:
    clock = Clock()
    async with forge("github", {"POST /graphql": answer}, clock=clock) as (github, server):
        for _ in range(3):
            with pytest.raises(Failed, match="rate limit is used up"):
                await github.reviews([12])
        assert len(server.asked) == 1
        clock.now += quiet - 1
        with pytest.raises(Failed, match="rate limit"):
            await github.reviews([12])
        assert len(server.asked) == 1
        clock.now += 2
        server.answers["POST /graphql"] = graphql(p12=node(12))
        assert await github.reviews([12]) == (ADA,)


async def test_the_last_request_of_a_limit_is_heeded_before_the_forge_objects() -> None:
    clock = Clock()
    spent = (
        200,
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1100"},
        {"data": {"repository": {"p": node(12)}}},
    )
    async with forge("github", {"POST /graphql": spent}, clock=clock) as (github, server):
        assert await github.reviews([12]) == (ADA,)
        with pytest.raises(Failed, match="used up for"):
            await github.reviews([12])
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, {}, {}), "cannot be reached: it answered 500"),
        ((200, {}, "<html>"), "is not JSON"),
        ((200, {}, "[" * 100_000), "is not JSON"),
        ((200, {}, {"data": None}), "has no such repository"),
        ((200, {}, {"errors": [{"type": "FORBIDDEN"}]}), "cannot answer the query"),
        ((401, {}, {}), r"refuses us \(401\).*token"),
        ((302, {"Location": "http://elsewhere.example.com/"}, {}), "answered 302"),
    ],
)
async def test_what_goes_wrong_is_said_without_the_token(
    answer: Answer, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COCKPIT_TEST_TOKEN", "s3cret")
    async with forge("github", {"POST /graphql": answer}) as (github, server):
        with pytest.raises(Failed, match=words) as failed:
            await github.reviews([12])
    assert "s3cret" not in str(failed.value)
    assert len(server.asked) == (3 if answer[0] == 500 else 1), "only what may pass is tried again"


async def test_a_forge_that_is_not_there_cannot_be_reached() -> None:
    async with forge("github", {}) as (github, _):
        pass
    with pytest.raises(Failed, match="cannot be reached"):
        await open_forge("github", "http://127.0.0.1:1", "town/hall", "NONE", None, Clock()).reviews([1])
    assert github


@pytest.mark.parametrize("value", [[], "x", 3, {"data": {"repository": {"p12": [], "p13": {"number": 13}}}}])
async def test_answers_of_another_shape_are_no_crash(value: object) -> None:
    async with forge("github", {"POST /graphql": (200, {}, value)}) as (github, _):
        try:
            found = await github.reviews([12])
        except Failed:
            return
    assert [review.number for review in found] == [13]


def test_a_token_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(Failed, match="file of its token cannot be read"):
        open_forge("gitlab", "http://x", "town/hall", "NONE", file, Clock())
    file.write_text("s3cret\n")
    assert open_forge("gitlab", "http://x", "town/hall", "NONE", file, Clock())
