"""Previews of real repositories: reverted PRs that are back, and hotfixes that main lacks."""

from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.preview import preview
from cockpit.deploy.plan import Preview, PreviewQuery
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.quarantine import QuarantinedPull, ReappearanceKind
from cockpit.ports import PushedRevert
from tests.git_origin import Files, GitOrigin, git, poem

RELEASE = "2026-11-23.1"
BRANCH = f"release/{RELEASE}"
FEATURE: Files = {"shop/cart.py": "def total():\n    return 12\n"}


class ReleasedRepository:
    """A repository with one release, in which #12 was reverted."""

    def __init__(self, folder: Path) -> None:
        self.origin = GitOrigin(folder)
        self.base = self.origin.head()
        self.mirror = GitMirror(str(self.origin.path), folder / "mirror")

    def revert(self, number: int = 12) -> tuple[PullRequest, PushedRevert]:
        """Cut a release of everything on main, and revert the PR for it."""
        cut = self.mirror.cut(RELEASE, "main", self.base)
        pull = next(pull for pull in cut.pulls if pull.number == number)
        done = self.mirror.revert(pull, RELEASE, f"{RELEASE}-hotfix.1", "ada@box")
        self.origin.pull()
        return pull, done

    def preview(self, pull: PullRequest, done: PushedRevert | None, reland: str = "", proposal: int = 0) -> Preview:
        """The preview while the PR is quarantined."""
        commits = (*done.reverts, *done.picks) if done else ()
        out = QuarantinedPull(pull, RELEASE, commits, proposal, reland)
        return preview(self.mirror, PreviewQuery("main", self.base, BRANCH, (out,)))


@pytest.fixture
def repository(tmp_path: Path) -> ReleasedRepository:
    return ReleasedRepository(tmp_path)


def returned(preview: Preview) -> list[tuple[str, str, ReappearanceKind]]:
    return [(back.pull, back.commit, back.kind) for back in preview.reappearances]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_reverted_pr_is_out_until_its_revert_is_taken_returned(repository: ReleasedRepository, how: str) -> None:
    match how:
        case "merge":
            repository.origin.merge_pr(12, "Add a cart", FEATURE)
        case "squash":
            repository.origin.squash_pr(12, "Add a cart", FEATURE)
        case _:
            steps: list[tuple[str, dict[str, str | None]]] = [
                ("Add a cart", dict(FEATURE)),
                ("Say so", {"README": "x\n"}),
            ]
            repository.origin.rebase_pr(12, steps)
    pull, done = repository.revert()
    repository.origin.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert repository.preview(pull, done).reappearances == ()
    git(repository.origin.worktree, "revert", "--no-edit", done.reverts[-1])
    repository.origin._push()
    assert returned(repository.preview(pull, done)) == [("#12", repository.origin.head(), ReappearanceKind.REVERTED)]
    assert "takes its revert back" in repository.preview(pull, done).reappearances[0].text


def test_reverting_the_revert_of_the_revert_takes_the_pr_out_again(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    for _ in range(2):
        git(repository.origin.worktree, "revert", "--no-edit", "HEAD")
    repository.origin._push()
    assert repository.preview(pull, done).reappearances == ()


def test_the_same_change_is_found_although_its_surroundings_changed(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "A better line", {"poem.txt": poem(line10="better")})
    pull, done = repository.revert()
    repository.origin.squash_pr(13, "Near it", {"poem.txt": poem(line8="near")})
    sha = repository.origin.squash_pr(14, "Nothing to see here", {"poem.txt": poem(line8="near", line10="better")})
    assert returned(repository.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_a_merged_pr_is_found_as_a_squash_and_by_one_of_its_commits(repository: ReleasedRepository) -> None:
    origin = repository.origin
    git(origin.worktree, "checkout", "-q", "-B", "pr")
    origin.commit("One", {"a.txt": "1\n"})
    origin.commit("Two", {"b.txt": "2\n"})
    git(origin.worktree, "checkout", "-q", "main")
    git(origin.worktree, "merge", "-q", "--no-ff", "-m", "Merge pull request #12 from ada/pr-12\n\nBoth", "pr")
    origin._push()
    pull, done = repository.revert()
    part = origin.squash_pr(13, "Half of it", {"b.txt": "2\n"})
    assert returned(repository.preview(pull, done)) == [("#12", part, ReappearanceKind.SAME)]
    git(origin.worktree, "revert", "--no-edit", part)
    whole = origin.squash_pr(14, "All of it", {"a.txt": "1\n", "b.txt": "2\n"})
    assert returned(repository.preview(pull, done)) == [("#12", whole, ReappearanceKind.SAME)]


def test_a_series_that_comes_back_as_one_squash_is_found(repository: ReleasedRepository) -> None:
    repository.origin.rebase_pr(12, [("One", {"a.txt": "1\n"}), ("Two", {"a.txt": "1\n2\n"})])
    pull, done = repository.revert()
    sha = repository.origin.squash_pr(14, "All at once", {"a.txt": "1\n2\n"})
    assert returned(repository.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_a_reverted_pr_is_found_inside_a_branch_merged_later(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    repository.origin.merge_pr(15, "A large thing", FEATURE | {"more.txt": "more\n"})
    assert repository.preview(pull, done).reappearances == (), "the merged branch makes another change"
    git(repository.origin.worktree, "checkout", "-q", "-B", "large", f"{repository.origin.head()}^1")
    git(repository.origin.worktree, "cherry-pick", pull.commits[-1])
    hidden = repository.origin.head()
    repository.origin.commit("More of it", {"still.txt": "more\n"})
    git(repository.origin.worktree, "checkout", "-q", "main")
    git(repository.origin.worktree, "reset", "-q", "--hard", "HEAD^1")
    git(
        repository.origin.worktree,
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge pull request #16 from ada/large\n\nLarge",
        "large",
    )
    git(repository.origin.worktree, "push", "-q", "--force", "origin", "main")
    assert returned(repository.preview(pull, done)) == [("#12", hidden, ReappearanceKind.SAME)]


def test_a_commit_with_the_same_change_id_is_the_same_change(repository: ReleasedRepository) -> None:
    change = "I" + "ab" * 20
    repository.origin.commit(f"Add a cart\n\nChange-Id: {change}", FEATURE)
    cut = repository.mirror.cut(RELEASE, "main", repository.base)
    pull = cut.pulls[-1]
    assert pull.change == change
    done = repository.mirror.revert(pull, RELEASE, f"{RELEASE}-hotfix.1", "ada@box")
    repository.origin.pull()
    sha = repository.origin.commit(f"Add a cart, once more\n\nChange-Id: {change}", {"shop/cart.py": "other\n"})
    assert returned(repository.preview(pull, done)) == [(pull.name, sha, ReappearanceKind.CHANGE)]


@pytest.mark.parametrize(
    "message",
    [
        "Cart (#20)\n\nRe-lands #12",
        "Cart (#20)\n\nRelands: #12",
        "Re-land #12: Add a cart (#20)",
        "Cart (#20)\n\n* relands #12\n* and more",
    ],
)
def test_a_commit_with_a_re_land_note_re_lands_the_pr(repository: ReleasedRepository, message: str) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    repository.origin.commit(message, FEATURE)
    assert repository.preview(pull, done).reappearances == ()


@pytest.mark.parametrize("message", ["Cart (#20)\n\nRe-lands #123", "Cart (#20)\n\nwe never re-land #12 like this"])
def test_a_commit_without_a_proper_re_land_note_does_not(repository: ReleasedRepository, message: str) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    sha = repository.origin.commit(message, FEATURE)
    assert returned(repository.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_an_empty_commit_with_a_note_re_lands_a_pr_that_is_returned(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    repository.origin.squash_pr(20, "Cart", FEATURE)
    repository.origin.commit("It was the database after all\n\nRe-lands #12", {})
    assert repository.preview(pull, done).reappearances == ()


def test_cockpits_own_draft_re_lands_the_pr_by_its_branch_or_number(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    name = repository.mirror.propose(pull, RELEASE, "ada@box", "", reland=True)
    sha = repository.origin.squash_pr(50, "Cart, and this time with a test", FEATURE)
    assert returned(repository.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]
    assert repository.preview(pull, done, reland="https://forge.example/town/pull/50").reappearances == ()
    git(repository.origin.worktree, "reset", "-q", "--hard", "HEAD^1")
    git(repository.origin.worktree, "fetch", "-q", "origin")
    git(
        repository.origin.worktree,
        "merge",
        "-q",
        "--no-ff",
        "-m",
        f"Merge pull request #50 from town/{name}",
        f"origin/{name}",
    )
    git(repository.origin.worktree, "push", "-q", "--force", "origin", "main")
    assert repository.preview(pull, done).reappearances == ()


def test_the_revert_of_the_reverts_pr_is_found_by_its_number(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    sha = repository.origin.commit(
        'Revert "Revert Add a cart" (#31)\n\nReverts town/hall#30', {"shop/cart.py": "other\n"}
    )
    assert repository.preview(pull, done, proposal=29).reappearances == ()
    assert returned(repository.preview(pull, done, proposal=30)) == [("#12", sha, ReappearanceKind.REVERTED)]


def test_a_replaced_binary_file_is_not_the_same_change(repository: ReleasedRepository) -> None:
    logo = repository.origin.worktree / "logo.bin"
    logo.write_bytes(b"\0\1\2" * 50)
    repository.origin.squash_pr(11, "A logo", {})
    logo.write_bytes(b"\0\7\7" * 50)
    repository.origin.squash_pr(12, "A new logo", {})
    pull, done = repository.revert()
    logo.write_bytes(b"\0\5\5" * 50)
    repository.origin.squash_pr(14, "The third", {})
    assert repository.preview(pull, done).reappearances == ()
    git(repository.origin.worktree, "checkout", "-q", pull.commits[-1], "--", "logo.bin")
    git(repository.origin.worktree, "commit", "-q", "-m", "The second again")
    repository.origin._push()
    assert repository.preview(pull, done).reappearances == (), "from the third to the second is another change"
    git(repository.origin.worktree, "reset", "-q", "--hard", done.reverts[-1])
    git(repository.origin.worktree, "checkout", "-q", pull.commits[-1], "--", "logo.bin")
    git(repository.origin.worktree, "commit", "-q", "-m", "The second again")
    git(repository.origin.worktree, "push", "-q", "--force", "origin", "main")
    assert returned(repository.preview(pull, done)) == [("#12", repository.origin.head(), ReappearanceKind.SAME)]


def test_a_suspect_of_a_rollback_is_named_until_main_reverts_it(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    cut = repository.mirror.cut(RELEASE, "main", repository.base)
    pull = cut.pulls[-1]
    repository.origin.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert returned(repository.preview(pull, None)) == [("#12", pull.commits[-1], ReappearanceKind.STAYS)]
    git(repository.origin.worktree, "revert", "--no-edit", pull.commits[-1])
    repository.origin._push()
    assert repository.preview(pull, None).reappearances == ()
    again = repository.origin.squash_pr(14, "Add it again", FEATURE)
    assert returned(repository.preview(pull, None)) == [("#12", again, ReappearanceKind.SAME)]


def test_a_pr_re_landed_under_another_number_and_reverted_again_needs_one_note(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    repository.origin.commit("Cart, second try (#50)\n\nRe-lands #12", FEATURE)
    second = "2026-11-23.2"
    again = repository.mirror.cut(second, "main", repository.base).pulls[-1]
    undone = repository.mirror.revert(again, second, f"{second}-hotfix.1", "ada@box")
    repository.origin.pull()
    repository.base = undone.reverts[-1]
    out = (
        QuarantinedPull(again, second, (*undone.reverts, *undone.picks)),
        QuarantinedPull(pull, RELEASE, (*done.reverts, *done.picks)),
    )
    asked = PreviewQuery("main", repository.base, "", out)
    assert preview(repository.mirror, asked).reappearances == ()
    repository.origin.squash_pr(60, "Cart, third try", FEATURE)
    assert {back.pull for back in preview(repository.mirror, asked).reappearances} == {"#12", "#50"}
    repository.origin.commit("Say so\n\nRe-lands #50", {})
    assert preview(repository.mirror, asked).reappearances == ()


def test_a_pr_released_with_a_reason_is_not_named_again(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    repository.origin.squash_pr(14, "Cart", FEATURE)
    assert repository.preview(pull, done).reappearances
    repository.base = repository.origin.head()
    repository.origin.squash_pr(15, "Another", {"other.txt": "1\n"})
    assert repository.preview(pull, done).reappearances == ()


def test_a_hotfix_missing_from_main_is_named_until_main_has_it(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    assert repository.preview(pull, done).missing_from_main == (), "cockpit's own picks name the revert on main"
    desk = repository.origin.worktree
    git(desk, "fetch", "-q", "origin")
    git(desk, "checkout", "-q", "-B", "hotfix", f"origin/{BRANCH}")
    (desk / "poem.txt").write_text(poem(line3="mended"))
    git(desk, "commit", "-q", "-a", "-m", "Mend the third line")
    lost = repository.origin.head()
    git(desk, "push", "-q", "origin", f"hotfix:{BRANCH}")
    git(desk, "checkout", "-q", "main")
    found = repository.preview(pull, done)
    assert [(commit.sha, commit.subject) for commit in found.missing_from_main] == [(lost, "Mend the third line")]
    git(desk, "cherry-pick", lost)
    git(desk, "commit", "-q", "--amend", "-m", "Mend it on main too (#30)")
    repository.origin._push()
    assert repository.preview(pull, done).missing_from_main == ()


def test_an_unchanged_preview_is_returned_again(repository: ReleasedRepository) -> None:
    repository.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repository.revert()
    first = repository.preview(pull, done)
    assert preview(repository.mirror, first.query, first) is first
    repository.origin.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert preview(repository.mirror, first.query, first).commit == repository.origin.head()
