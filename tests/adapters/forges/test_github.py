"""GitHub's reviews, by GraphQL and by REST, from a local server."""

import json

import pytest

from cockpit.deploy.pulls.reviews import Checks, ReviewState
from cockpit.ports import Failed
from tests.adapters.forges.server import (
    PULL_12,
    REVIEW_12,
    TOKEN_VARIABLE,
    Response,
    graphql,
    open_test_forge,
    pull_node,
)

REST: dict[str, Response] = {
    "GET /api/v3/repos/town/hall/pulls/12": (200, {"ETag": '"a"'}, PULL_12),
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


async def test_one_query_reads_a_page_of_prs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "s3cret")
    response = graphql(
        p12=pull_node(12), p13=pull_node(13, "CHANGES_REQUESTED", "PENDING"), p14=None, p15=pull_node(15, None, None)
    )
    async with open_test_forge("github", {"POST /graphql": response}) as (github, server):
        first, second, third = await github.reviews([12, 13, 14, 15])
    assert first == REVIEW_12
    assert (second.state, second.checks) == (ReviewState.CHANGES, Checks.RUNNING)
    assert (third.state, third.checks) == (ReviewState.UNKNOWN, Checks.UNKNOWN)
    assert server.requests == ["POST /graphql"]
    assert server.headers[0]["authorization"] == "Bearer s3cret"
    assert "pullRequest(number:15)" in server.bodies[0]
    assert json.loads(server.bodies[0])["variables"] == {"owner": "town", "name": "hall"}


async def test_without_a_review_decision_the_reviewers_last_verdicts_count() -> None:
    def node(number: int, *states: str) -> object:
        nodes = [{"state": state, "author": {"login": f"r{at}"}} for at, state in enumerate(states)]
        return {**pull_node(number, None), "latestOpinionatedReviews": {"nodes": nodes}}

    response = graphql(p1=node(1, "APPROVED"), p2=node(2, "APPROVED", "CHANGES_REQUESTED"), p3=node(3))
    async with open_test_forge("github", {"POST /graphql": response}) as (github, _):
        reviews = await github.reviews([1, 2, 3])
    assert [review.state for review in reviews] == [ReviewState.APPROVED, ReviewState.CHANGES, ReviewState.WAITING]


async def test_github_enterprise_without_graphql_is_read_by_rest_with_etags() -> None:
    async with open_test_forge("github", REST, "/api/v3") as (github, server):
        assert await github.reviews([12, 99]) == (REVIEW_12,)
        assert server.requests[0] == "POST /api/graphql"
        assert await github.reviews([12]) == (REVIEW_12,)
        assert [headers.get("if-none-match") for headers in server.headers[-3:]] == ['"a"', '"b"', '"c"']


@pytest.mark.parametrize(
    ("value", "message"),
    [({"data": None}, "repository not found"), ({"errors": [{"type": "FORBIDDEN"}]}, "refused the query")],
)
async def test_a_refused_query_is_reported(value: object, message: str) -> None:
    async with open_test_forge("github", {"POST /graphql": (200, {}, value)}) as (github, server):
        with pytest.raises(Failed, match=message):
            await github.reviews([12])
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", [[], "x", 3, {"data": {"repository": {"p12": [], "p13": {"number": 13}}}}])
async def test_a_response_of_another_shape_does_not_crash(value: object) -> None:
    async with open_test_forge("github", {"POST /graphql": (200, {}, value)}) as (github, _):
        try:
            reviews = await github.reviews([12])
        except Failed:
            return
    assert [review.number for review in reviews] == [13]
