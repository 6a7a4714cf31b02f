"""PRs are opened once for a branch and followed, in each forge's own terms."""

import json

import pytest

from cockpit.adapters.forges.factory import open_pulls
from cockpit.deploy.pulls.proposals import Landing, OpenedPull, RevertProposal
from cockpit.ports import Failed
from tests.adapters.forges.server import Clock, ForgeServer

PROPOSAL = RevertProposal("revert/1/abc", "main", "Revert #7: Bad", "Reverts #7.\n", draft=True)
FORGES = {
    "github": ("/repos/town/hall/pulls", "?state=all&head=town:revert%2F1%2Fabc", "number", "html_url"),
    "gitlab": ("/projects/town%2Fhall/merge_requests", "?source_branch=revert%2F1%2Fabc", "iid", "web_url"),
    "gitea": ("/repos/town/hall/pulls", "?state=all&sort=recentupdate&limit=50", "number", "html_url"),
}
DRAFTS: dict[str, dict[str, object]] = {
    "github": {"title": "Revert #7: Bad", "head": "revert/1/abc", "base": "main", "draft": True},
    "gitlab": {"title": "Draft: Revert #7: Bad", "source_branch": "revert/1/abc", "target_branch": "main"},
    "gitea": {"title": "WIP: Revert #7: Bad", "head": "revert/1/abc", "base": "main"},
}
MERGED: dict[str, dict[str, object]] = {
    "github": {"merged_at": "2026-11-23"},
    "gitlab": {"state": "merged"},
    "gitea": {"merged": True},
}


@pytest.mark.parametrize("kind", FORGES)
async def test_a_draft_is_opened_and_its_landing_read_in_the_forges_terms(kind: str) -> None:
    path, query, number, url = FORGES[kind]
    pull = {number: 15, url: "https://forge/15", "state": "closed", **MERGED[kind]}
    server = ForgeServer(
        {
            f"GET {path}{query}": (200, {}, []),
            f"POST {path}": (201, {}, {**pull, "state": "open"}),
            f"GET {path}/15": (200, {}, pull),
        }
    )
    async with server.listening():
        pulls = open_pulls(kind, server.url, "town/hall", "NONE", None, Clock())
        assert await pulls.open_pull(PROPOSAL) == OpenedPull(15, "https://forge/15", Landing.OPEN)
        assert await pulls.landing(15) is Landing.LANDED
        await pulls.close()
    assert DRAFTS[kind].items() <= json.loads(server.bodies[1]).items()


@pytest.mark.parametrize("body", [[], {"number": "15"}, None])
async def test_a_response_that_is_not_a_pr_is_an_error(body: object) -> None:
    server = ForgeServer({"GET /repos/town/hall/pulls/15": (200, {}, body)})
    async with server.listening():
        pulls = open_pulls("github", server.url, "town/hall", "NONE", None, Clock())
        with pytest.raises(Failed, match=r"is not (a PR|JSON)"):
            await pulls.landing(15)
        await pulls.close()
