"""Reverts as PRs, with a real repository and a fake forge server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from cockpit.adapters.forges.factory import open_pulls
from cockpit.adapters.git.mirror import GitMirror
from cockpit.deploy.facts import Reverted, RevertFailed, RevertProposed
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.next_work import RevertPull
from cockpit.engine.revert_pulls import RevertPullOpener
from tests.adapters.forges.server import ForgeServer, Response
from tests.engine.fakes import FakeSystems
from tests.git_origin import GitOrigin, git
from tests.scenario import POLICY

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@bridge"
KINDS = {
    "github": ("/repos/town/hall/pulls", "?state=all&head=town:{}", "number", "html_url", "merged_at"),
    "gitlab": ("/projects/town%2Fhall/merge_requests", "?source_branch={}", "iid", "web_url", ""),
    "gitea": ("/repos/town/hall/pulls", "?state=all&sort=recentupdate&limit=50", "number", "html_url", "merged"),
}


def response(kind: str, state: str) -> Response:
    _, _, number, url, merged = KINDS[kind]
    spelled = {"github": "closed", "gitea": "closed", "gitlab": "merged"}[kind] if state == "landed" else state
    if kind == "gitlab" and state == "open":
        spelled = "opened"
    more = {merged: True} if merged and state == "landed" else {}
    return 200, {}, {number: 15, url: "https://forge/15", "state": spelled, **more}


@asynccontextmanager
async def opener(
    kind: str, origin: GitOrigin, folder: Path
) -> AsyncIterator[tuple[RevertPullOpener, ForgeServer, PullRequest]]:
    origin.squash_pr(7, "Bad", {"bad.py": "1\n"})
    mirror = GitMirror(str(origin.path), folder / "mirror")
    pull = next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == 7)
    server = ForgeServer()
    async with server.listening():
        pulls = open_pulls(kind, server.url, "town/hall", "COCKPIT_TEST_TOKEN", None, time)
        try:
            yield RevertPullOpener(mirror, pulls, "main", True, True, 0.01), server, pull
        finally:
            await pulls.close()


def job(pull: PullRequest, proposal: int = 0) -> RevertPull:
    return RevertPull(RELEASE, pull, TAG, BY, "", proposal)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reverts_pr_is_followed_until_it_is_merged_and_then_cherry_picked(kind: str, tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    async with opener(kind, origin, tmp_path) as (pulls_opener, server, pull):
        place, find, *_ = KINDS[kind]
        branch = f"revert/{RELEASE}/{pull.commits[0][:10]}"
        server.responses = {
            f"GET {place}{find.format(branch.replace('/', '%2F'))}": (200, {}, []),
            f"POST {place}": (201, {}, response(kind, "open")[2]),
            f"GET {place}/15": response(kind, "open"),
        }
        assert await pulls_opener.revert(job(pull), "") == RevertProposed(7, "#7", 15, "https://forge/15")
        assert branch in server.bodies[-1]
        assert "bad.py" in origin.paths("main"), "the PR is merged by people"
        following = asyncio.create_task(pulls_opener.revert(job(pull, 15), ""))
        while server.requests.count(f"GET {place}/15") < 2:  # noqa: ASYNC110 - a server has no event of it
            await asyncio.sleep(0)
        assert not following.done()
        git(origin.worktree, "fetch", "-q", "origin")
        git(origin.worktree, "merge", "-q", "--squash", f"origin/{branch}")
        landed = origin.commit("Take it out (#15)", {})
        server.responses[f"GET {place}/15"] = response(kind, "landed")
        result = await following
        assert isinstance(result, Reverted)
        assert result.reverts == (landed,)
        assert "bad.py" not in origin.paths(TAG)
        assert (
            origin.commit_at(f"refs/heads/release/{RELEASE}")
            == origin.commit_at(f"refs/tags/{TAG}")
            == result.picks[-1]
        )
        assert await pulls_opener.revert(job(pull, 15), "") == result, "it is idempotent"


async def test_a_closed_pr_is_a_failure_and_a_failing_forge_is_not(tmp_path: Path) -> None:
    async with opener("github", GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, server, pull):
        following = asyncio.create_task(pulls_opener.revert(job(pull, 15), ""))
        while len(server.requests) < 2:  # noqa: ASYNC110 - it answers 404 each time
            await asyncio.sleep(0)
        assert not following.done()
        server.responses["GET /repos/town/hall/pulls/15"] = response("github", "closed")
        result = await following
        assert result == RevertFailed(7, "its PR #15 was closed without being merged")


async def test_a_draft_re_lands_the_pr_and_a_refusal_of_the_forge_is_recorded(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    async with opener("github", origin, tmp_path) as (pulls_opener, server, pull):
        pulls_opener.repository.revert(pull, RELEASE, TAG, BY)
        assert (await pulls_opener.reland(job(pull))).startswith("none: github: answered not found")
        branch = f"reland/{RELEASE}/{pull.commits[0][:10]}"
        place = "/repos/town/hall/pulls"
        server.responses[f"GET {place}?state=all&head=town:{branch.replace('/', '%2F')}"] = (200, {}, [])
        server.responses[f"POST {place}"] = (201, {}, response("github", "open")[2])
        assert await pulls_opener.reland(job(pull)) == "https://forge/15"
        assert '"draft":true' in server.bodies[-1].replace(" ", "")
        assert "bad.py" in origin.paths(branch)
        assert "bad.py" not in origin.paths("main")


@pytest.mark.parametrize(("state", "opened"), [("open", 0), ("landed", 0), ("closed", 1)])
async def test_an_existing_pr_is_used_again_unless_it_was_closed(state: str, opened: int, tmp_path: Path) -> None:
    async with opener("github", GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, server, pull):
        branch = f"revert/{RELEASE}/{pull.commits[0][:10]}"
        place = "/repos/town/hall/pulls"
        there = {**response("github", state)[2], "head": {"ref": branch}}  # type: ignore[dict-item]
        others = [{"number": 3, "head": {"ref": "another"}}, None]
        server.responses = {
            f"GET {place}?state=all&head=town:{branch.replace('/', '%2F')}": (200, {}, [*others, there]),
            f"POST {place}": (201, {}, response("github", "open")[2]),
        }
        assert await pulls_opener.revert(job(pull), "") == RevertProposed(7, "#7", 15, "https://forge/15")
        assert server.requests.count(f"POST {place}") == opened
        assert await pulls_opener.revert(job(pull), "") == RevertProposed(7, "#7", 15, "https://forge/15")


async def test_the_executor_records_the_draft_with_the_revert(tmp_path: Path) -> None:
    async with opener("github", GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, _, pull):
        mirror = pulls_opener.repository
        assert isinstance(mirror, GitMirror)
        systems = FakeSystems()
        executor = Executor(mirror, systems, systems, time, replace(pulls_opener, reverts=False))
        result = await executor.execute(job(pull), Snapshot(POLICY, 0.0))
        assert isinstance(result, Reverted)
        assert result.reland.startswith("none: github")
        as_pull = Executor(mirror, systems, systems, time, pulls_opener)
        again = await as_pull.execute(job(pull), Snapshot(POLICY, 0.0))
        assert again == result, "the revert that was pushed before is found again"


async def test_a_pr_that_main_has_out_already_is_taken_out_of_the_release_without_a_pr(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    async with opener("github", origin, tmp_path) as (pulls_opener, server, pull):
        theirs = origin.commit("Revert (#14)\n\nReverts town/hall#7", {"bad.py": None})
        result = await pulls_opener.revert(job(pull), "")
        assert isinstance(result, Reverted)
        assert (result.reverts, len(result.picks), server.requests) == ((theirs,), 1, [])
        assert origin.commit_at("refs/heads/main") == theirs
        assert "bad.py" not in origin.paths(TAG)
