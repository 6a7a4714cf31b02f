"""Gitea's reviews from a local server."""

import pytest

from cockpit.deploy.pulls.reviews import ReviewState
from tests.adapters.forges.server import PULL_12, REVIEW_12, Response, open_test_forge

PATH = "/api/v1/repos/town/hall"
APPROVED = {"user": {"login": "bo"}, "state": "APPROVED"}
CHANGES = {"user": {"login": "bo"}, "state": "REQUEST_CHANGES"}


def responses(*reviews: object) -> dict[str, Response]:
    return {
        f"GET {PATH}/pulls/12": (200, {}, PULL_12),
        f"GET {PATH}/pulls/12/reviews": (200, {}, list(reviews)),
        f"GET {PATH}/commits/abc1/status": (200, {}, {"state": "success"}),
    }


async def test_reviews_and_the_combined_status_are_read() -> None:
    async with open_test_forge("gitea", responses(APPROVED), "/api/v1") as (gitea, _):
        assert await gitea.reviews([12, 13]) == (REVIEW_12,), "13 is not a PR"


@pytest.mark.parametrize(
    ("reviews", "state"),
    [
        ([CHANGES, APPROVED], ReviewState.APPROVED),
        ([APPROVED, CHANGES], ReviewState.CHANGES),
        ([APPROVED, {**CHANGES, "user": {"login": "cy"}}], ReviewState.CHANGES),
        ([{**APPROVED, "dismissed": True}], ReviewState.WAITING),
        ([], ReviewState.WAITING),
    ],
)
async def test_each_reviewers_last_verdict_counts_unless_dismissed(reviews: list[object], state: ReviewState) -> None:
    async with open_test_forge("gitea", responses(*reviews), "/api/v1") as (gitea, _):
        (review,) = await gitea.reviews([12])
    assert review.state is state
