"""What a branch still has of a PR is found by content: line by line, or as a whole for binary files."""

import pytest

from cockpit.adapters.git import content_check
from cockpit.adapters.git.content_check import Leftover, Remains, remains
from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.history import first_parent_commits
from cockpit.deploy.pulls.pull_request import PullRequest, pull_requests
from tests.git_origin import GitOrigin, git, poem


def calls(origin: GitOrigin) -> GitCalls:
    return GitCalls(origin.worktree / ".git", "", 1.0)


def pull_of(origin: GitOrigin, number: int = 12) -> PullRequest:
    pulls = pull_requests(first_parent_commits(calls(origin), "", origin.head()))
    return next(pull for pull in pulls if pull.number == number)


def left(origin: GitOrigin) -> Remains:
    return remains(calls(origin), pull_of(origin), origin.head())


def test_lines_of_the_prs_own_commits_are_named_in_groups(origin: GitOrigin) -> None:
    bad = origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="one", line4="two", line12="three")})
    origin.squash_pr(13, "Above", {"poem.txt": "zero\n" + poem(line3="one", line4="two", line12="three")})
    found = left(origin)
    assert found.own == (Leftover("poem.txt", 4, 5, bad), Leftover("poem.txt", 13, 13, bad))
    assert not found.is_gone
    assert found.sentences(pull_of(origin), "main") == (
        "poem.txt:4-5 on main is still from #12",
        "poem.txt:13 on main is still from #12",
    )


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_every_kind_of_merge_is_known_by_its_own_commits(origin: GitOrigin, how: str) -> None:
    files: dict[str, str | None] = {"poem.txt": poem(line3="bad")}
    match how:
        case "merge":
            origin.merge_pr(12, "Bad", files)
        case "squash":
            origin.squash_pr(12, "Bad", files)
        case _:
            origin.rebase_pr(12, [("Bad", files), ("Worse", {"poem.txt": poem(line3="bad", line9="worse")})])
    assert left(origin).own
    origin.commit("As it was", {"poem.txt": poem()})
    assert left(origin) == Remains()


def test_a_line_that_a_later_commit_has_again_is_told_apart(origin: GitOrigin) -> None:
    origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="charge_twice()", line4="}")})
    origin.commit("As it was", {"poem.txt": poem()})
    again = origin.commit("Again", {"poem.txt": poem(line15="\tcharge_twice()", line16="}")})
    found = left(origin)
    assert (found.own, found.again) == ((), (Leftover("poem.txt", 15, 15, again),)), "a brace is no evidence"
    assert found.is_gone
    assert remains(calls(origin), pull_of(origin), origin.head(), (again,)) == Remains()


def test_a_file_is_followed_to_its_new_name(origin: GitOrigin) -> None:
    bad = origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="bad")})
    origin.commit("Move it", {"poem.txt": None, "verse.txt": poem(line3="bad")})
    assert left(origin).own == (Leftover("verse.txt", 3, 3, bad),)


def test_a_binary_file_is_compared_as_a_whole(origin: GitOrigin) -> None:
    logo = origin.worktree / "logo.png"
    logo.write_bytes(b"\0\1")
    origin.commit("A logo", {})
    logo.write_bytes(b"\0\2")
    bad = origin.squash_pr(12, "Bad", {})
    found = left(origin)
    assert found.own == (Leftover("logo.png", 0, 0, bad),)
    assert found.sentences(pull_of(origin), "main") == ("logo.png on main is still from #12",)
    logo.write_bytes(b"\0\3")
    origin.commit("Another", {})
    assert left(origin) == Remains()


def test_what_is_not_looked_at_is_counted_and_proves_nothing(
    origin: GitOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.squash_pr(12, "Bad", {"one.py": "1\n", "two.py": "2\n", "three.py": "3\n" * 30})
    origin.commit("As it was", {"one.py": "0\n", "two.py": "0\n", "three.py": "0\n"})
    assert left(origin) == Remains()
    monkeypatch.setattr(content_check, "MAX_BYTES", 50)
    assert (left(origin).unchecked, left(origin).is_gone) == (1, False)
    monkeypatch.setattr(content_check, "MAX_FILES", 1)
    assert left(origin).sentences(pull_of(origin), "main") == (
        "files on main that were not checked, too large or too many: 2",
    )
    monkeypatch.setattr(content_check, "MAX_SECONDS", -1.0)
    assert left(origin).unchecked == 3
    origin.commit("Away", {"one.py": None, "two.py": None, "three.py": None})
    assert left(origin) == Remains(), "a file that is as it was before needs no look"
    monkeypatch.setattr(content_check, "MAX_COMPARED", 1)
    assert left(origin).unchecked == 2


def test_a_commit_that_cannot_be_read_is_not_checked(origin: GitOrigin) -> None:
    origin.squash_pr(12, "Bad", {"bad.py": "1\n"})
    assert remains(calls(origin), pull_of(origin), "0" * 40) == Remains(unchecked=1)


def test_many_places_are_cut_off(origin: GitOrigin) -> None:
    origin.squash_pr(12, "Bad", {f"bad{number}.py": "1\n" for number in range(12)})
    sentences = left(origin).sentences(pull_of(origin), "main")
    assert (len(sentences), sentences[-1]) == (9, "4 more places on main")


def test_a_root_commit_is_checked(origin: GitOrigin) -> None:
    root = pull_requests(first_parent_commits(calls(origin), "", origin.head()))[0]
    assert len(remains(calls(origin), root, origin.head()).own) == 2
    assert git(origin.worktree, "status", "--short") == ""
