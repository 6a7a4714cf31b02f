"""What `start` must know, asked of real repositories: reverted PRs that come back, and hotfixes that main lacks."""

from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.preview import preview
from cockpit.deploy.plan import Preview, PreviewQuery
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.quarantine import QuarantinedPull, ReappearanceKind
from cockpit.ports import PushedRevert
from tests.repositories import Files, Town, git, poem

RELEASE = "2026-11-23.1"
BRANCH = f"release/{RELEASE}"
FEATURE: Files = {"shop/cart.py": "def total():\n    return 12\n"}


class Yard:
    """A town with one release in which #12 was taken out again."""

    def __init__(self, folder: Path) -> None:
        self.town = Town(folder)
        self.base = self.town.head()
        self.mirror = GitMirror(str(self.town.origin), folder / "mirror")

    def take_out(self, number: int = 12) -> tuple[PullRequest, PushedRevert]:
        """Cut a release of all there is, and revert that PR for it."""
        cut = self.mirror.cut(RELEASE, "main", self.base)
        pull = next(pull for pull in cut.pulls if pull.number == number)
        done = self.mirror.revert(pull, RELEASE, f"{RELEASE}-hotfix.1", "ada@box")
        self.town.pull()
        return pull, done

    def look(self, pull: PullRequest, done: PushedRevert | None, reland: str = "", proposal: int = 0) -> Preview:
        """What `start` is told of that PR."""
        commits = (*done.reverts, *done.picks) if done else ()
        out = QuarantinedPull(pull, RELEASE, commits, proposal, reland)
        return preview(self.mirror, PreviewQuery("main", self.base, BRANCH, (out,)))


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def back(found: Preview) -> list[tuple[str, str, ReappearanceKind]]:
    return [(one.pull, one.commit, one.kind) for one in found.reappearances]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_reverted_pr_is_out_until_its_revert_is_taken_back(yard: Yard, how: str) -> None:
    match how:
        case "merge":
            yard.town.merge_pr(12, "Add a cart", FEATURE)
        case "squash":
            yard.town.squash_pr(12, "Add a cart", FEATURE)
        case _:
            steps: list[tuple[str, dict[str, str | None]]] = [
                ("Add a cart", dict(FEATURE)),
                ("Say so", {"README": "x\n"}),
            ]
            yard.town.rebase_pr(12, steps)
    pull, done = yard.take_out()
    yard.town.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert yard.look(pull, done).reappearances == ()
    git(yard.town.desk, "revert", "--no-edit", done.reverts[-1])
    yard.town._push()
    assert back(yard.look(pull, done)) == [("#12", yard.town.head(), ReappearanceKind.REVERTED)]
    assert "takes its revert back" in yard.look(pull, done).reappearances[0].text


def test_taking_the_revert_of_the_revert_back_makes_it_good_again(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    for _ in range(2):
        git(yard.town.desk, "revert", "--no-edit", "HEAD")
    yard.town._push()
    assert yard.look(pull, done).reappearances == ()


def test_the_same_change_under_another_name_is_found_although_its_surroundings_changed(yard: Yard) -> None:
    yard.town.squash_pr(12, "A better line", {"poem.txt": poem(line10="better")})
    pull, done = yard.take_out()
    yard.town.squash_pr(13, "Near it", {"poem.txt": poem(line8="near")})
    sha = yard.town.squash_pr(14, "Nothing to see here", {"poem.txt": poem(line8="near", line10="better")})
    assert back(yard.look(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_a_merged_pr_of_several_commits_is_found_as_one_squash_and_by_one_commit_of_it(yard: Yard) -> None:
    town = yard.town
    git(town.desk, "checkout", "-q", "-B", "pr")
    town.commit("One", {"a.txt": "1\n"})
    town.commit("Two", {"b.txt": "2\n"})
    git(town.desk, "checkout", "-q", "main")
    git(town.desk, "merge", "-q", "--no-ff", "-m", "Merge pull request #12 from ada/pr-12\n\nBoth", "pr")
    town._push()
    pull, done = yard.take_out()
    part = town.squash_pr(13, "Half of it", {"b.txt": "2\n"})
    assert back(yard.look(pull, done)) == [("#12", part, ReappearanceKind.SAME)]
    git(town.desk, "revert", "--no-edit", part)
    whole = town.squash_pr(14, "All of it", {"a.txt": "1\n", "b.txt": "2\n"})
    assert back(yard.look(pull, done)) == [("#12", whole, ReappearanceKind.SAME)]


def test_a_series_that_comes_back_as_one_squash_is_found(yard: Yard) -> None:
    yard.town.rebase_pr(12, [("One", {"a.txt": "1\n"}), ("Two", {"a.txt": "1\n2\n"})])
    pull, done = yard.take_out()
    sha = yard.town.squash_pr(14, "All at once", {"a.txt": "1\n2\n"})
    assert back(yard.look(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_it_is_found_inside_a_branch_that_is_merged_later(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    yard.town.merge_pr(15, "A large thing", FEATURE | {"more.txt": "more\n"})
    assert yard.look(pull, done).reappearances == (), "another change, as far as anybody can tell"
    git(yard.town.desk, "checkout", "-q", "-B", "large", f"{yard.town.head()}^1")
    git(yard.town.desk, "cherry-pick", pull.commits[-1])
    hidden = yard.town.head()
    yard.town.commit("More of it", {"still.txt": "more\n"})
    git(yard.town.desk, "checkout", "-q", "main")
    git(yard.town.desk, "reset", "-q", "--hard", "HEAD^1")
    git(yard.town.desk, "merge", "-q", "--no-ff", "-m", "Merge pull request #16 from ada/large\n\nLarge", "large")
    git(yard.town.desk, "push", "-q", "--force", "origin", "main")
    assert back(yard.look(pull, done)) == [("#12", hidden, ReappearanceKind.SAME)]


def test_the_same_change_id_once_more_is_the_same_change_whatever_it_does(yard: Yard) -> None:
    change = "I" + "ab" * 20
    yard.town.commit(f"Add a cart\n\nChange-Id: {change}", FEATURE)
    cut = yard.mirror.cut(RELEASE, "main", yard.base)
    pull = cut.pulls[-1]
    assert pull.change == change
    done = yard.mirror.revert(pull, RELEASE, f"{RELEASE}-hotfix.1", "ada@box")
    yard.town.pull()
    sha = yard.town.commit(f"Add a cart, once more\n\nChange-Id: {change}", {"shop/cart.py": "other\n"})
    assert back(yard.look(pull, done)) == [(pull.name, sha, ReappearanceKind.CHANGE)]


@pytest.mark.parametrize(
    "message",
    [
        "Cart (#20)\n\nRe-lands #12",
        "Cart (#20)\n\nRelands: #12",
        "Re-land #12: Add a cart (#20)",
        "Cart (#20)\n\n* relands #12\n* and more",
    ],
)
def test_a_commit_that_says_so_re_lands_it(yard: Yard, message: str) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    yard.town.commit(message, FEATURE)
    assert yard.look(pull, done).reappearances == ()


@pytest.mark.parametrize("message", ["Cart (#20)\n\nRe-lands #123", "Cart (#20)\n\nwe never re-land #12 like this"])
def test_a_commit_that_says_something_else_does_not(yard: Yard, message: str) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    sha = yard.town.commit(message, FEATURE)
    assert back(yard.look(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_an_empty_commit_may_mark_what_is_back_already(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    yard.town.squash_pr(20, "Cart", FEATURE)
    yard.town.commit("It was the database after all\n\nRe-lands #12", {})
    assert yard.look(pull, done).reappearances == ()


def test_the_draft_that_cockpit_opened_re_lands_it_by_its_branch_or_its_number(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    name = yard.mirror.propose(pull, RELEASE, "ada@box", "", reland=True)
    sha = yard.town.squash_pr(50, "Cart, and this time with a test", FEATURE)
    assert back(yard.look(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]
    assert yard.look(pull, done, reland="https://forge.example/town/pull/50").reappearances == ()
    git(yard.town.desk, "reset", "-q", "--hard", "HEAD^1")
    git(yard.town.desk, "fetch", "-q", "origin")
    git(yard.town.desk, "merge", "-q", "--no-ff", "-m", f"Merge pull request #50 from town/{name}", f"origin/{name}")
    git(yard.town.desk, "push", "-q", "--force", "origin", "main")
    assert yard.look(pull, done).reappearances == ()


def test_the_revert_of_the_pr_of_the_revert_is_found_by_its_number(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    sha = yard.town.commit('Revert "Revert Add a cart" (#31)\n\nReverts town/hall#30', {"shop/cart.py": "other\n"})
    assert yard.look(pull, done, proposal=29).reappearances == ()
    assert back(yard.look(pull, done, proposal=30)) == [("#12", sha, ReappearanceKind.REVERTED)]


def test_a_binary_file_that_was_replaced_is_not_taken_for_the_one_before(yard: Yard) -> None:
    logo = yard.town.desk / "logo.bin"
    logo.write_bytes(b"\0\1\2" * 50)
    yard.town.squash_pr(11, "A logo", {})
    logo.write_bytes(b"\0\7\7" * 50)
    yard.town.squash_pr(12, "A new logo", {})
    pull, done = yard.take_out()
    logo.write_bytes(b"\0\5\5" * 50)
    yard.town.squash_pr(14, "The third", {})
    assert yard.look(pull, done).reappearances == ()
    git(yard.town.desk, "checkout", "-q", pull.commits[-1], "--", "logo.bin")
    git(yard.town.desk, "commit", "-q", "-m", "The second again")
    yard.town._push()
    assert yard.look(pull, done).reappearances == (), "from the third to the second is another change"
    git(yard.town.desk, "reset", "-q", "--hard", done.reverts[-1])
    git(yard.town.desk, "checkout", "-q", pull.commits[-1], "--", "logo.bin")
    git(yard.town.desk, "commit", "-q", "-m", "The second again")
    git(yard.town.desk, "push", "-q", "--force", "origin", "main")
    assert back(yard.look(pull, done)) == [("#12", yard.town.head(), ReappearanceKind.SAME)]


def test_a_suspect_of_a_rollback_is_there_until_main_has_it_reverted(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    cut = yard.mirror.cut(RELEASE, "main", yard.base)
    pull = cut.pulls[-1]
    yard.town.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert back(yard.look(pull, None)) == [("#12", pull.commits[-1], ReappearanceKind.STAYS)]
    git(yard.town.desk, "revert", "--no-edit", pull.commits[-1])
    yard.town._push()
    assert yard.look(pull, None).reappearances == ()
    again = yard.town.squash_pr(14, "Add it again", FEATURE)
    assert back(yard.look(pull, None)) == [("#12", again, ReappearanceKind.SAME)]


def test_a_pr_that_was_re_landed_under_another_number_and_reverted_again_needs_one_mark(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    yard.town.commit("Cart, second try (#50)\n\nRe-lands #12", FEATURE)
    second = "2026-11-23.2"
    again = yard.mirror.cut(second, "main", yard.base).pulls[-1]
    undone = yard.mirror.revert(again, second, f"{second}-hotfix.1", "ada@box")
    yard.town.pull()
    yard.base = undone.reverts[-1]
    out = (
        QuarantinedPull(again, second, (*undone.reverts, *undone.picks)),
        QuarantinedPull(pull, RELEASE, (*done.reverts, *done.picks)),
    )
    asked = PreviewQuery("main", yard.base, "", out)
    assert preview(yard.mirror, asked).reappearances == ()
    yard.town.squash_pr(60, "Cart, third try", FEATURE)
    assert {one.pull for one in preview(yard.mirror, asked).reappearances} == {"#12", "#50"}
    yard.town.commit("Say so\n\nRe-lands #50", {})
    assert preview(yard.mirror, asked).reappearances == ()


def test_what_was_released_with_a_reason_is_not_asked_about_again(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    yard.town.squash_pr(14, "Cart", FEATURE)
    assert yard.look(pull, done).reappearances
    yard.base = yard.town.head()
    yard.town.squash_pr(15, "Another", {"other.txt": "1\n"})
    assert yard.look(pull, done).reappearances == ()


def test_a_pick_that_never_reached_main_is_named_and_one_that_did_in_any_form_is_not(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    assert yard.look(pull, done).missing_from_main == (), "our own picks name the revert on main"
    desk = yard.town.desk
    git(desk, "fetch", "-q", "origin")
    git(desk, "checkout", "-q", "-B", "hotfix", f"origin/{BRANCH}")
    (desk / "poem.txt").write_text(poem(line3="mended"))
    git(desk, "commit", "-q", "-a", "-m", "Mend the third line")
    lost = yard.town.head()
    git(desk, "push", "-q", "origin", f"hotfix:{BRANCH}")
    git(desk, "checkout", "-q", "main")
    found = yard.look(pull, done)
    assert [(one.sha, one.subject) for one in found.missing_from_main] == [(lost, "Mend the third line")]
    git(desk, "cherry-pick", lost)
    git(desk, "commit", "-q", "--amend", "-m", "Mend it on main too (#30)")
    yard.town._push()
    assert yard.look(pull, done).missing_from_main == ()


def test_nothing_is_asked_twice_while_nothing_moves(yard: Yard) -> None:
    yard.town.squash_pr(12, "Add a cart", FEATURE)
    pull, done = yard.take_out()
    first = yard.look(pull, done)
    assert preview(yard.mirror, first.query, first) is first
    yard.town.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert preview(yard.mirror, first.query, first).commit == yard.town.head()
