"""`cockpit pulls` on the configured repository and on any other."""

import json
from pathlib import Path

import pytest

from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin


def test_pulls_lists_a_range_with_its_titles_cleaned(company: GitOrigin, capsys: Capsys) -> None:
    code, values = run_json(capsys, "pulls")
    assert code == 0
    pulls = {pull["number"]: pull for pull in values}
    assert pulls[11]["how"] == "merge"
    assert (pulls[12]["how"], pulls[12]["title"]) == ("squash", "Fix [b]the[/b] poem")
    assert "\x1b" not in run(capsys, "pulls")[1]
    merge = pulls[11]["commits"][0]
    assert [pull["number"] for pull in run_json(capsys, "pulls", f"{merge}..main")[1]] == [12]


def test_pulls_of_any_repository(company: GitOrigin, capsys: Capsys) -> None:
    for commits, numbers in (("main~1..main", [12]), ("main~1", [0, 11]), ("", [0, 11, 12])):
        code, pulls = run_json(capsys, "pulls", *filter(None, [commits]), "--repo", "origin.git")
        assert (code, [pull["number"] for pull in pulls]) == (0, numbers)


@pytest.mark.parametrize("hostile", ["--output=x..main", "$(id)..main", "nosuch..main"])
def test_a_range_without_such_commits_is_3_and_writes_no_file(company: GitOrigin, capsys: Capsys, hostile: str) -> None:
    before = sorted(path.name for path in Path().iterdir())
    assert run(capsys, "pulls", "--", hostile)[0] == 3
    assert [name for name in sorted(path.name for path in Path().iterdir()) if name not in before] in ([], ["state"])


def test_a_commit_pushed_without_a_pr_is_an_objection(company: GitOrigin, capsys: Capsys) -> None:
    sha = company.commit("Quickly", {"quick.txt": "1\n"})
    code, out, _ = run(capsys, "pulls", "--json")
    assert code == 0
    *_, pushed = json.loads(out)
    (objection,) = pushed["objections"]
    assert sha[:8] in objection
    assert objection.endswith("pushed to main without a PR")
