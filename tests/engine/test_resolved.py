"""A revert that conflicts is resolved from a shell in a real editor, and the engine carries it out."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.repositories import git, poem
from tests.yards import Yard

EDIT = "import sys\nfor name in sys.argv[1:]:\n    open(name, 'w').write({text!r})\n"


def test_what_a_person_wrote_in_the_editor_is_what_main_and_the_branch_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = Yard(tmp_path)
    (tmp_path / "edit.py").write_text(EDIT.format(text=poem(line3="more")))
    monkeypatch.setenv("VISUAL", f"{shlex.quote(sys.executable)} {shlex.quote(str(tmp_path / 'edit.py'))}")
    with yard.agents(), yard.process("engine"):
        yard.until(yard.say("install")["release"], "Finished")
        yard.town.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")})
        yard.town.squash_pr(8, "On top", {"poem.txt": poem(line3="bad and more")})
        release = yard.say("start")["release"]
        yard.until(release, "SmokePassed")
        yard.say("revert", "7", "--why", "it is bad")
        yard.until(release, "RevertFailed")
        assert yard.say("revert", "7", "--edit", "--why", "it is bad")["done"]
        yard.until(release, "Reverted")
    for ref in ("main", f"release/{release}"):
        assert git(yard.town.origin, "show", f"{ref}:poem.txt") + "\n" == poem(line3="more")
    assert git(yard.town.origin, "for-each-ref", "refs/heads/resolved") == ""
