"""GitLab's reviews from a local server."""

from cockpit.deploy.pulls.reviews import Checks, ReviewState
from tests.adapters.forges.server import REVIEW_12, Response, open_test_forge


async def test_approvals_and_the_pipeline_are_read() -> None:
    path = "/projects/town%2Fhall/merge_requests"
    merge = {
        "iid": 12,
        "title": "Wind it",
        "description": "It stops.",
        "author": {"username": "ada"},
        "web_url": "https://example.com/12",
        "labels": ["clock"],
    }
    responses: dict[str, Response] = {
        f"GET {path}?iids[]=12&iids[]=13&per_page=50": (200, {}, [merge, {**merge, "iid": 13}]),
        f"GET {path}/12": (200, {}, {**merge, "head_pipeline": {"status": "success"}}),
        f"GET {path}/12/approvals": (200, {}, {"approved": True, "approved_by": [{"user": {}}]}),
        f"GET {path}/13": (200, {}, {**merge, "head_pipeline": None}),
    }
    async with open_test_forge("gitlab", responses) as (gitlab, _):
        first, second = await gitlab.reviews([12, 13])
    assert first == REVIEW_12
    assert (second.state, second.checks) == (ReviewState.UNKNOWN, Checks.UNKNOWN), "no approvals, no pipeline"
