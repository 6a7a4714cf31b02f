"""`cockpit whereis` on both stores, with hosts that report and a repository that disappears."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit import wiring
from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import Abandoned, Advanced, BuildReady, RevertAsked, Reverted
from cockpit.deploy.pulls.pull_request import PullRequest
from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import git
from tests.recorded_company import STORES, RecordedCompany, build_of
from tests.stores import store_section


@pytest.fixture(params=STORES)
def recorded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordedCompany:
    recorded = RecordedCompany(tmp_path, store_section(request.param, request))
    monkeypatch.chdir(tmp_path)
    return recorded


def release_12(recorded: RecordedCompany) -> tuple[PullRequest, Build, Build]:
    """Release #12 to staging and to one of two hosts of production; the PR and both builds."""
    first = recorded.released("2026-11-22.1")
    recorded.origin.merge_pr(12, "Add a cart", {"cart.py": "12\n"})
    repository = wiring.repository(recorded.config)
    pull = repository.cut("2026-11-22.2", "main", first.commit).pulls[-1]
    second = recorded.released("2026-11-22.2", (pull,), finished=False)
    recorded.record("2026-11-22.2", Advanced(0, "staging", second.id), Advanced(1, "production 50 %", second.id))
    recorded.report("s1", "p1", build=second.id)
    recorded.report("p2", build=first.id)
    return pull, first, second


def test_it_prints_each_tier_and_exits_with_0_once_every_host_runs_it(
    recorded: RecordedCompany, capsys: Capsys
) -> None:
    pull, _, second = release_12(recorded)
    code, values = run_json(capsys, "whereis", "12")
    assert (code, values["stage"], values["releases"], values["basis"]) == (
        1, "released", ["2026-11-22.2"], "the repository's history",
    )  # fmt: skip
    tiers = {str(tier["tier"]): tier for tier in values["tiers"]}
    assert (tiers["staging"]["share"], tiers["production"]["share"]) == (1.0, 0.5)
    assert tiers["production"]["since"] > tiers["staging"]["since"] > 0
    assert run_json(capsys, "whereis", pull.commits[-1][:12])[1]["tiers"] == values["tiers"], (
        "the commit is where its PR is"
    )
    brought = git(recorded.origin.worktree, "rev-parse", f"{pull.commits[-1]}^2")
    assert run_json(capsys, "whereis", brought)[1]["tiers"][1]["running"] == 1, "what a merge brought as well"
    recorded.report("p2", build=second.id)
    assert run_json(capsys, "whereis", "#12")[0] == 0
    assert "#12 is in 2026-11-22.2" in run(capsys, "whereis", "12")[1]


def test_a_silent_host_does_not_count_as_running_it(recorded: RecordedCompany, capsys: Capsys) -> None:
    _, _, second = release_12(recorded)
    recorded.report("p2", build=second.id, age=6000)
    code, values = run_json(capsys, "whereis", "12")
    assert code == 1
    assert values["tiers"][1]["unknown"] == ["p2"]


def test_unmerged_unreleased_and_unknown_changes_are_distinguished(recorded: RecordedCompany, capsys: Capsys) -> None:
    release_12(recorded)
    recorded.origin.squash_pr(13, "Later", {"later.txt": "1\n"})
    later = recorded.origin.head()
    git(recorded.origin.worktree, "checkout", "-q", "-b", "side")
    side = recorded.origin.commit("Not yet", {"side.txt": "1\n"})
    git(recorded.origin.worktree, "push", "-q", "origin", "side")
    git(recorded.origin.worktree, "checkout", "-q", "main")
    for change in ("13", later):
        assert run_json(capsys, "whereis", change)[1]["stage"] == "merged, in no release"
    for change in ("99", side):
        code, values = run_json(capsys, "whereis", change)
        assert (code, values["stage"]) == (1, "not merged")
    code, _, err = run(capsys, "whereis", "deadbeefdead")
    assert (code, "unknown commit deadbeefdead" in err) == (2, True)
    assert run(capsys, "whereis", "the cart")[0] == 2
    assert run(capsys, "whereis", "12", "--wait", "most")[0] == 2
    assert run(capsys, "whereis", "12", "--timeout", "-1")[0] == 2


def test_a_reverted_pr_runs_nowhere_although_every_build_contains_its_commit(
    recorded: RecordedCompany, capsys: Capsys
) -> None:
    pull, _, _ = release_12(recorded)
    brought = git(recorded.origin.worktree, "rev-parse", f"{pull.commits[-1]}^2")
    repository = wiring.repository(recorded.config)
    done = repository.revert(pull, "2026-11-22.2", "2026-11-22.2-hotfix.1", "ada@box")
    hotfix = build_of(done.picks[-1])
    recorded.record(
        "2026-11-22.2",
        RevertAsked(pull),
        Reverted(12, done.reverts, done.picks, "2026-11-22.2-hotfix.1"),
        BuildReady(hotfix, "2026-11-22.2-hotfix.1", 1.0),
        Abandoned(),
    )
    recorded.origin.pull()
    third = recorded.released("2026-11-22.3")
    recorded.report("s1", "p1", build=third.id)
    recorded.report("p2", build=hotfix.id)
    for change in ("12", pull.commits[-1], brought):
        code, values = run_json(capsys, "whereis", change, "--wait", "100%")
        assert (code, values["stage"], values["reverted_in"], values["share"]) == (1, "reverted", "2026-11-22.2", 0.0)
    assert "it was reverted in 2026-11-22.2" in run(capsys, "whereis", "12", "--wait", "staging")[2]


def test_without_the_repository_the_lists_of_the_releases_are_used(recorded: RecordedCompany, capsys: Capsys) -> None:
    pull, _, _ = release_12(recorded)
    shutil.rmtree(recorded.origin.path)
    assert run_json(capsys, "whereis", "12")[1]["basis"] == "the repository's history", "the mirror has it all"
    assert "cannot fetch" in str(run_json(capsys, "whereis", "12")[1]["error"])
    shutil.rmtree(recorded.config.state / "mirror.git")
    code, values = run_json(capsys, "whereis", "12")
    assert (code, values["basis"], values["share"]) == (1, "the releases' lists of PRs", 2 / 3)
    assert run_json(capsys, "whereis", pull.commits[-1][:9])[1]["share"] == 2 / 3
    code, _, err = run(capsys, "whereis", "13")
    assert (code, "try again when it can be reached" in err) == (3, True)


def test_waiting_ends_as_soon_as_the_hosts_report_it(recorded: RecordedCompany) -> None:
    _, _, second = release_12(recorded)
    command = [sys.executable, "-m", "cockpit", "whereis", "12", "--wait", "100%", "--timeout", "60"]
    waiting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == "staging 1/1  production 1/2\n"
        recorded.report("s1", "p1", "p2", build=second.id)
        stdout, _ = waiting.communicate(timeout=60)
        assert waiting.returncode == 0
        assert "2 of 2 hosts" in stdout
    finally:
        waiting.kill()
        waiting.wait()


def test_waiting_ends_at_once_if_the_tier_runs_it_and_else_at_the_timeout(
    recorded: RecordedCompany, capsys: Capsys
) -> None:
    release_12(recorded)
    assert run_json(capsys, "whereis", "12", "--wait", "staging")[0] == 0
    code, _, err = run(capsys, "whereis", "12", "--wait", "production", "--timeout", "0.5")
    assert (code, "#12 is not on production: timed out" in err) == (1, True)


def test_waiting_for_an_unmerged_commit_ends_when_a_release_contains_it(recorded: RecordedCompany) -> None:
    first = recorded.released("2026-11-22.1")
    recorded.report("s1", "p1", "p2", build=first.id)
    git(recorded.origin.worktree, "checkout", "-q", "-b", "side")
    side = recorded.origin.commit("Not yet", {"side.txt": "1\n"})
    git(recorded.origin.worktree, "push", "-q", "origin", "side")
    git(recorded.origin.worktree, "checkout", "-q", "main")
    command = [sys.executable, "-m", "cockpit", "whereis", side, "--wait", "staging", "--timeout", "60", "--json"]
    waiting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        git(
            recorded.origin.worktree,
            "merge",
            "-q",
            "--no-ff",
            "-m",
            "Merge pull request #12 from ada/side\n\nNow",
            "side",
        )
        recorded.origin.commit("More", {"more.txt": "1\n"})
        second = recorded.released("2026-11-22.2", finished=False)
        recorded.report("s1", "p1", "p2", build=second.id)
        stdout, _ = waiting.communicate(timeout=60)
        assert (waiting.returncode, json.loads(stdout)["stage"]) == (0, "released")
    finally:
        waiting.kill()
        waiting.wait()
