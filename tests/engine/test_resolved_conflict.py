"""A revert that conflicts is resolved from a shell in a real editor, and the engine carries it out."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.git_origin import git, poem
from tests.process_company import ProcessCompany

EDIT = "import sys\nfor name in sys.argv[1:]:\n    open(name, 'w').write({text!r})\n"


def test_conflicts_resolved_in_the_editor_reach_main_and_the_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = ProcessCompany(tmp_path)
    (tmp_path / "edit.py").write_text(EDIT.format(text=poem(line3="more")))
    monkeypatch.setenv("VISUAL", f"{shlex.quote(sys.executable)} {shlex.quote(str(tmp_path / 'edit.py'))}")
    with company.agents(), company.process("engine"):
        company.until(company.json("install")["release"], "Finished")
        company.origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")})
        company.origin.squash_pr(8, "On top", {"poem.txt": poem(line3="bad and more")})
        release = company.json("start")["release"]
        company.until(release, "SmokePassed")
        company.json("revert", "7", "--why", "it is bad")
        company.until(release, "RevertFailed")
        assert company.json("revert", "7", "--edit", "--why", "it is bad")["done"]
        company.until(release, "Reverted")
    for ref in ("main", f"release/{release}"):
        assert git(company.origin.path, "show", f"{ref}:poem.txt") + "\n" == poem(line3="more")
    assert git(company.origin.path, "for-each-ref", "refs/heads/resolved") == ""
