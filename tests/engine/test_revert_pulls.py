"""Reverts as PRs, with a real repository and a fake forge server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from msgspec import structs

from cockpit.adapters.forges.factory import open_pulls
from cockpit.adapters.git.mirror import GitMirror
from cockpit.deploy.facts import RevertDelayed, Reverted, RevertFailed, RevertProposed, RevertWithdrawn
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.next_work import RevertPull, WithdrawRevert
from cockpit.engine.revert_pulls import WAY_OUT, RevertPullOpener
from tests.adapters.forges.server import ForgeServer, Response
from tests.engine.fakes import FakeSystems
from tests.git_origin import GitOrigin, git
from tests.scenario import POLICY

PLACE = "/repos/town/hall/pulls"
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


def delayed(job: RevertPull) -> RevertPull:
    """The job of a revert whose delay is in the log."""
    return structs.replace(job, delayed=True)


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
        assert await pulls_opener.follow([job(pull)]) == RevertProposed(7, "#7", 15, "https://forge/15")
        assert branch in server.bodies[-1]
        assert "bad.py" in origin.paths("main"), "the PR is merged by people"
        following = asyncio.create_task(pulls_opener.follow([job(pull, 15)]))
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
        assert await pulls_opener.follow([job(pull, 15)]) == result, "it is idempotent"


async def test_a_closed_pr_is_a_failure_and_a_forge_without_an_answer_is_asked_again(tmp_path: Path) -> None:
    async with opener("github", GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, server, pull):
        server.responses[f"GET {PLACE}/15"] = (503, {}, {})
        waits = await pulls_opener.follow([job(pull, 15)])
        assert isinstance(waits, RevertDelayed)
        assert (waits.name, "it answered 503" in waits.reason) == ("#7", True)
        asked, pause = len(server.requests), pulls_opener.pause.seconds
        following = asyncio.create_task(pulls_opener.follow([delayed(job(pull, 15))]))
        while len(server.requests) < asked + 4:  # noqa: ASYNC110 - a server has no event of it
            await asyncio.sleep(0)
        assert not following.done(), "the log says so already"
        assert pulls_opener.pause.seconds > pause, "the pauses grow"
        server.responses[f"GET {PLACE}/15"] = response("github", "open")
        assert await following == RevertDelayed(7, "#7"), "it answers again"
        server.responses[f"GET {PLACE}/15"] = response("github", "closed")
        assert await pulls_opener.follow([job(pull, 15)]) == RevertFailed(
            7, "its PR #15 was closed without being merged"
        )


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("proposal", [0, 15])
async def test_a_refusal_of_the_forge_fails_the_revert_with_the_way_out(
    status: int, proposal: int, tmp_path: Path
) -> None:
    async with opener("github", GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, server, pull):
        find = f"GET {PLACE}?state=all&head=town:revert%2F{RELEASE}%2F{pull.commits[0][:10]}"
        refusal: Response = (status, {}, {"message": "Bad credentials"})
        server.responses = {find: (200, {}, []), f"POST {PLACE}": refusal, f"GET {PLACE}/15": refusal}
        failed = await pulls_opener.follow([job(pull, proposal)])
        assert isinstance(failed, RevertFailed)
        assert failed.reason.startswith("github: ")
        assert failed.reason.endswith(WAY_OUT)
        asked = len(server.requests)
        assert asked == (1 if proposal else 2), "it is asked again only on request"


async def test_a_rate_limit_is_a_delay_and_no_refusal(tmp_path: Path) -> None:
    async with opener("github", GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, server, pull):
        server.responses[f"GET {PLACE}/15"] = (403, {"Retry-After": "60"}, {})
        waits = await pulls_opener.follow([job(pull, 15)])
        assert isinstance(waits, RevertDelayed)
        assert "rate limit" in waits.reason
        assert len(server.requests) == 1


async def test_several_reverts_are_proposed_and_followed_side_by_side(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    origin.squash_pr(6, "Worse", {"worse.py": "1\n"})
    async with opener("github", origin, tmp_path) as (pulls_opener, server, pull):
        mirror = pulls_opener.repository
        assert isinstance(mirror, GitMirror)
        other = next(each for each in mirror.pulls("", "main") if each.number == 6)
        for each, number in ((pull, 15), (other, 16)):
            branch = f"revert%2F{RELEASE}%2F{each.commits[0][:10]}"
            server.responses[f"GET {PLACE}?state=all&head=town:{branch}"] = (200, {}, [])
            opened = {"number": number, "html_url": f"https://forge/{number}", "state": "open"}
            server.responses[f"POST {PLACE}"] = (201, {}, opened)
            server.responses[f"GET {PLACE}/{number}"] = (200, {}, opened)
            proposed = await pulls_opener.follow([job(each)])
            assert proposed == RevertProposed(each.number, each.name, number, f"https://forge/{number}")
        following = asyncio.create_task(pulls_opener.follow([job(pull, 15), job(other, 16)]))
        while not {f"GET {PLACE}/15", f"GET {PLACE}/16"} <= set(server.requests):  # noqa: ASYNC110
            await asyncio.sleep(0)
        git(origin.worktree, "fetch", "-q", "origin")
        git(origin.worktree, "merge", "-q", "--squash", f"origin/revert/{RELEASE}/{other.commits[0][:10]}")
        origin.commit("Take it out (#16)", {})
        server.responses[f"GET {PLACE}/16"] = (200, {}, {**opened, "state": "closed", "merged_at": "today"})
        result = await following
        assert isinstance(result, Reverted), "the second is done although the first is still open"
        assert result.number == 6
        assert ("bad.py" in origin.paths(TAG), "worse.py" in origin.paths(TAG)) == (True, False)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_pr_of_a_withdrawn_revert_is_closed(kind: str, tmp_path: Path) -> None:
    async with opener(kind, GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, server, _):
        one = f"{KINDS[kind][0]}/15"
        closing = f"{'PUT' if kind == 'gitlab' else 'PATCH'} {one}"
        server.responses = {f"GET {one}": response(kind, "open"), closing: response(kind, "closed")}
        assert await pulls_opener.close(15, "https://forge/15") == "PR #15 is closed"
        assert "close" in server.bodies[-1]
        server.responses[closing] = (403, {}, {})
        by_hand = await pulls_opener.close(15, "https://forge/15")
        assert by_hand.startswith("close PR #15 by hand, https://forge/15: ")
        server.responses[f"GET {one}"] = response(kind, "landed")
        assert await pulls_opener.close(15, "https://forge/15") == "PR #15 was merged before: main has the revert"


async def test_a_withdrawal_closes_the_pr_or_finds_that_the_revert_was_pushed(tmp_path: Path) -> None:
    async with opener("github", GitOrigin(tmp_path / "origin"), tmp_path) as (pulls_opener, server, pull):
        mirror = pulls_opener.repository
        assert isinstance(mirror, GitMirror)
        systems = FakeSystems()
        executor = Executor(mirror, systems, systems, time, pulls_opener)
        server.responses = {
            f"GET {PLACE}/15": response("github", "open"),
            f"PATCH {PLACE}/15": response("github", "closed"),
        }
        snapshot = Snapshot(POLICY, 0.0)
        withdrawn = await executor.execute(WithdrawRevert(job(pull, 15), "https://forge/15"), snapshot)
        assert withdrawn == RevertWithdrawn(7, "#7", "PR #15 is closed")
        abandoned = await executor.execute(WithdrawRevert(job(pull, 15), "https://forge/15", False), snapshot)
        assert abandoned == RevertWithdrawn(7, "#7", "PR #15 stays open: https://forge/15")
        pushed = mirror.revert(pull, RELEASE, TAG, BY)
        found = await executor.execute(WithdrawRevert(job(pull)), snapshot)
        assert isinstance(found, Reverted)
        assert (found.reverts, found.picks) == (pushed.reverts, pushed.picks)


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
        assert await pulls_opener.follow([job(pull)]) == RevertProposed(7, "#7", 15, "https://forge/15")
        assert server.requests.count(f"POST {place}") == opened
        assert await pulls_opener.follow([job(pull)]) == RevertProposed(7, "#7", 15, "https://forge/15")


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
        result = await pulls_opener.follow([job(pull)])
        assert isinstance(result, Reverted)
        assert (result.reverts, len(result.picks), server.requests) == ((theirs,), 1, [])
        assert origin.commit_at("refs/heads/main") == theirs
        assert "bad.py" not in origin.paths(TAG)
