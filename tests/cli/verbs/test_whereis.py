"""`cockpit whereis` on both stores, with hosts that report and a repository that can be lost."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit import wiring
from cockpit.cli import main
from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import Abandoned, Advanced, BuildReady, RevertAsked, Reverted
from cockpit.deploy.pulls.pull_request import PullRequest
from tests.firms import STORES, Firm, build_of, store_of
from tests.repositories import git


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    try:
        code = main(list(argv))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def asked(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, object]]:
    code, out, err = run(capsys, "whereis", *argv, "--json")
    assert out, err
    return code, json.loads(out)


@pytest.fixture(params=STORES)
def firm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Firm:
    made = Firm(tmp_path, store_of(request.param, request))
    monkeypatch.chdir(tmp_path)
    return made


def out(firm: Firm) -> tuple[PullRequest, Build, Build]:
    """#12 goes out with the second release: on staging and on one of two hosts of production."""
    first = firm.released("2026-11-22.1")
    firm.town.merge_pr(12, "Add a cart", {"cart.py": "12\n"})
    repository = wiring.repository(firm.config)
    pull = repository.cut("2026-11-22.2", "main", first.commit).pulls[-1]
    second = firm.released("2026-11-22.2", (pull,), finished=False)
    firm.record("2026-11-22.2", Advanced(0, "staging", second.id), Advanced(1, "production 50 %", second.id))
    firm.report("s1", "p1", build=second.id)
    firm.report("p2", build=first.id)
    return pull, first, second


def test_it_says_tier_by_tier_and_the_exit_code_says_whether_it_is_everywhere(
    firm: Firm, capsys: pytest.CaptureFixture[str]
) -> None:
    pull, _, second = out(firm)
    code, told = asked(capsys, "12")
    assert (code, told["stage"], told["releases"], told["basis"]) == (
        1, "released", ["2026-11-22.2"], "the repository's history",
    )  # fmt: skip
    tiers = {str(one["tier"]): one for one in told["tiers"]}  # type: ignore[attr-defined]
    assert (tiers["staging"]["share"], tiers["production"]["share"]) == (1.0, 0.5)
    assert tiers["production"]["since"] > tiers["staging"]["since"] > 0
    assert asked(capsys, pull.commits[-1][:12])[1]["tiers"] == told["tiers"], "the commit is where its PR is"
    brought = git(firm.town.desk, "rev-parse", f"{pull.commits[-1]}^2")
    assert asked(capsys, brought)[1]["tiers"][1]["running"] == 1, "what a merge brought as well"  # type: ignore[index]
    firm.report("p2", build=second.id)
    assert asked(capsys, "#12")[0] == 0
    assert "#12 is in 2026-11-22.2" in run(capsys, "whereis", "12")[1]


def test_a_silent_host_is_not_taken_for_one_that_runs_it(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, second = out(firm)
    firm.report("p2", build=second.id, age=6000)
    code, told = asked(capsys, "12")
    assert code == 1
    assert told["tiers"][1]["unknown"] == ["p2"]  # type: ignore[index]


def test_not_merged_merged_only_and_unknown_are_told_apart(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    out(firm)
    firm.town.squash_pr(13, "Later", {"later.txt": "1\n"})
    later = firm.town.head()
    git(firm.town.desk, "checkout", "-q", "-b", "side")
    side = firm.town.commit("Not yet", {"side.txt": "1\n"})
    git(firm.town.desk, "push", "-q", "origin", "side")
    git(firm.town.desk, "checkout", "-q", "main")
    assert [asked(capsys, one)[1]["stage"] for one in ("13", later)] == ["merged, in no release"] * 2
    for one in ("99", side):
        code, told = asked(capsys, one)
        assert (code, told["stage"]) == (1, "not merged")
    code, _, err = run(capsys, "whereis", "deadbeefdead")
    assert (code, "nobody has heard of a commit deadbeefdead" in err) == (2, True)
    assert run(capsys, "whereis", "the cart")[0] == 2
    assert run(capsys, "whereis", "12", "--wait", "most")[0] == 2
    assert run(capsys, "whereis", "12", "--timeout", "-1")[0] == 2


def test_a_reverted_pr_is_nowhere_although_its_commit_is_in_every_build(
    firm: Firm, capsys: pytest.CaptureFixture[str]
) -> None:
    pull, _, _ = out(firm)
    brought = git(firm.town.desk, "rev-parse", f"{pull.commits[-1]}^2")
    repository = wiring.repository(firm.config)
    done = repository.revert(pull, "2026-11-22.2", "2026-11-22.2-hotfix.1", "ada@box")
    hotfix = build_of(done.picks[-1])
    firm.record(
        "2026-11-22.2",
        RevertAsked(pull),
        Reverted(12, done.reverts, done.picks, "2026-11-22.2-hotfix.1"),
        BuildReady(hotfix, "2026-11-22.2-hotfix.1", 1.0),
        Abandoned(),
    )
    firm.town.pull()
    third = firm.released("2026-11-22.3")
    firm.report("s1", "p1", build=third.id)
    firm.report("p2", build=hotfix.id)
    for one in ("12", pull.commits[-1], brought):
        code, told = asked(capsys, one, "--wait", "100%")
        assert (code, told["stage"], told["reverted_in"], told["share"]) == (1, "reverted", "2026-11-22.2", 0.0)
    assert "it was reverted in 2026-11-22.2" in run(capsys, "whereis", "12", "--wait", "staging")[2]


def test_without_the_repository_the_lists_tell_and_it_says_so(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    pull, _, _ = out(firm)
    shutil.rmtree(firm.town.origin)
    assert asked(capsys, "12")[1]["basis"] == "the repository's history", "the mirror has it all"
    assert "cannot fetch" in str(asked(capsys, "12")[1]["trouble"])
    shutil.rmtree(firm.config.state / "mirror.git")
    code, told = asked(capsys, "12")
    assert (code, told["basis"], told["share"]) == (1, "the releases' lists of PRs", 2 / 3)
    assert asked(capsys, pull.commits[-1][:9])[1]["share"] == 2 / 3
    code, _, err = run(capsys, "whereis", "13")
    assert (code, "ask again when it can be reached" in err) == (3, True)


def test_waiting_ends_as_soon_as_the_hosts_report_it(firm: Firm) -> None:
    _, _, second = out(firm)
    command = [sys.executable, "-m", "cockpit", "whereis", "12", "--wait", "100%", "--timeout", "60"]
    waiting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == "staging 1/1  production 1/2\n"
        firm.report("s1", "p1", "p2", build=second.id)
        said, _ = waiting.communicate(timeout=60)
        assert waiting.returncode == 0
        assert "2 of 2 hosts" in said
    finally:
        waiting.kill()
        waiting.wait()


def test_waiting_for_a_tier_that_has_it_ends_at_once_and_for_another_when_the_time_is_over(
    firm: Firm, capsys: pytest.CaptureFixture[str]
) -> None:
    out(firm)
    assert asked(capsys, "12", "--wait", "staging")[0] == 0
    code, _, err = run(capsys, "whereis", "12", "--wait", "production", "--timeout", "0.5")
    assert (code, "#12 is not at production: the time is over" in err) == (1, True)


def test_what_is_not_merged_yet_is_waited_for_until_a_release_brings_it(firm: Firm) -> None:
    first = firm.released("2026-11-22.1")
    firm.report("s1", "p1", "p2", build=first.id)
    git(firm.town.desk, "checkout", "-q", "-b", "side")
    side = firm.town.commit("Not yet", {"side.txt": "1\n"})
    git(firm.town.desk, "push", "-q", "origin", "side")
    git(firm.town.desk, "checkout", "-q", "main")
    command = [sys.executable, "-m", "cockpit", "whereis", side, "--wait", "staging", "--timeout", "60", "--json"]
    waiting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        git(firm.town.desk, "merge", "-q", "--no-ff", "-m", "Merge pull request #12 from ada/side\n\nNow", "side")
        firm.town.commit("More", {"more.txt": "1\n"})
        second = firm.released("2026-11-22.2", finished=False)
        firm.report("s1", "p1", "p2", build=second.id)
        said, _ = waiting.communicate(timeout=60)
        assert (waiting.returncode, json.loads(said)["stage"]) == (0, "released")
    finally:
        waiting.kill()
        waiting.wait()
