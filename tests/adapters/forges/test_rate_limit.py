"""A rate limit is kept to: first against a whole forge, then by the headers alone."""

import httpx
import pytest

from cockpit.adapters.forges.rate_limit import DEFAULT_WAIT, RateLimit
from cockpit.ports import Failed
from tests.adapters.forges.server import REVIEW_12, Clock, Response, graphql, open_test_forge, pull_node


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        ((403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1300"}, {}), 300),
        ((429, {"Retry-After": "30"}, {}), 30),
        ((403, {"Retry-After": "45"}, {"message": "secondary rate limit"}), 45),
        ((429, {}, {}), 60),
        ((200, {}, {"errors": [{"type": "RATE_LIMITED"}]}), 60),
    ],
)
async def test_while_the_limit_is_used_up_no_request_is_sent(response: Response, seconds: int) -> None:
    clock = Clock()
    async with open_test_forge("github", {"POST /graphql": response}, clock=clock) as (github, server):
        for _ in range(3):
            with pytest.raises(Failed, match="rate limit is used up"):
                await github.reviews([12])
        assert len(server.requests) == 1
        clock.now += seconds - 1
        with pytest.raises(Failed, match="rate limit"):
            await github.reviews([12])
        assert len(server.requests) == 1
        clock.now += 2
        server.responses["POST /graphql"] = graphql(p12=pull_node(12))
        assert await github.reviews([12]) == (REVIEW_12,)


async def test_the_last_allowed_request_counts_and_the_next_is_not_sent() -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1100"}
    response = 200, headers, {"data": {"repository": {"p": pull_node(12)}}}
    async with open_test_forge("github", {"POST /graphql": response}) as (github, server):
        assert await github.reviews([12]) == (REVIEW_12,)
        with pytest.raises(Failed, match="used up for"):
            await github.reviews([12])
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "Thu, 01 Jan 1970 00:18:20 GMT"}, 100.0),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 1.0),
        ({"Retry-After": "soon"}, DEFAULT_WAIT),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "1030"}, 30.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "tomorrow"}, DEFAULT_WAIT),
        ({"RateLimit-Remaining": "5", "RateLimit-Reset": "1030"}, DEFAULT_WAIT),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float) -> None:
    clock = Clock(1_000.0)
    limit = RateLimit("gitlab", clock)
    with pytest.raises(Failed, match="gitlab: its rate limit is used up"):
        limit.record(httpx.Response(429, headers=headers))
    clock.now += seconds - 0.5
    with pytest.raises(Failed):
        limit.check()
    clock.now += 1
    limit.check()


def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    clock = Clock()
    limit = RateLimit("github", clock)
    limit.block(60.0)
    limit.block(5.0)
    clock.now += 30.0
    with pytest.raises(Failed):
        limit.check()


def test_a_refusal_that_is_not_about_the_limit_blocks_nothing() -> None:
    limit = RateLimit("github", Clock())
    limit.record(httpx.Response(403))
    limit.check()
