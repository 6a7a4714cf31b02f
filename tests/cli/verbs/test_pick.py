"""`cockpit pick` on any repository without a config."""

from pathlib import Path

import pytest

from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin, poem


def test_a_pick_is_tried_on_any_repository(tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    other = GitOrigin(tmp_path / "elsewhere")
    other.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")})
    monkeypatch.chdir(tmp_path)
    trial = ("--dry-run", "--repo", str(other.path))
    code, values = run_json(capsys, "pick", "main", "--onto", "main~1", *trial)
    assert (code, values["clean"], values["conflicts"]) == (0, True, [])
    other.squash_pr(8, "On top", {"poem.txt": poem(line3="worse")})
    code, values = run_json(capsys, "pick", "main", "--onto", "main~2", *trial)
    assert (code, values) == (1, {"clean": False, "tree": None, "conflicts": ["poem.txt"]})


def test_a_pick_needs_dry_run(company: GitOrigin, capsys: Capsys) -> None:
    assert run(capsys, "pick", "main") == (2, "", "cockpit: pick changes nothing and needs --dry-run\n")
