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
def repo(tmp_path: Path) -> ReleasedRepository:
    return ReleasedRepository(tmp_path)


def returned(preview: Preview) -> list[tuple[str, str, ReappearanceKind]]:
    return [(back.pull, back.commit, back.kind) for back in preview.reappearances]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_reverted_pr_is_out_until_its_revert_is_taken_returned(repo: ReleasedRepository, how: str) -> None:
    match how:
        case "merge":
            repo.origin.merge_pr(12, "Add a cart", FEATURE)
        case "squash":
            repo.origin.squash_pr(12, "Add a cart", FEATURE)
        case _:
            steps: list[tuple[str, dict[str, str | None]]] = [
                ("Add a cart", dict(FEATURE)),
                ("Say so", {"README": "x\n"}),
            ]
            repo.origin.rebase_pr(12, steps)
    pull, done = repo.revert()
    repo.origin.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert repo.preview(pull, done).reappearances == ()
    git(repo.origin.worktree, "revert", "--no-edit", done.reverts[-1])
    repo.origin._push()
    assert returned(repo.preview(pull, done)) == [("#12", repo.origin.head(), ReappearanceKind.REVERTED)]
    assert "takes its revert back" in repo.preview(pull, done).reappearances[0].text


def test_reverting_the_revert_of_the_revert_takes_the_pr_out_again(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    for _ in range(2):
        git(repo.origin.worktree, "revert", "--no-edit", "HEAD")
    repo.origin._push()
    assert repo.preview(pull, done).reappearances == ()


def test_the_same_change_is_found_although_its_surroundings_changed(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "A better line", {"poem.txt": poem(line10="better")})
    pull, done = repo.revert()
    repo.origin.squash_pr(13, "Near it", {"poem.txt": poem(line8="near")})
    sha = repo.origin.squash_pr(14, "Nothing to see here", {"poem.txt": poem(line8="near", line10="better")})
    assert returned(repo.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_a_merged_pr_is_found_as_a_squash_and_by_one_of_its_commits(repo: ReleasedRepository) -> None:
    origin = repo.origin
    git(origin.worktree, "checkout", "-q", "-B", "pr")
    origin.commit("One", {"a.txt": "1\n"})
    origin.commit("Two", {"b.txt": "2\n"})
    git(origin.worktree, "checkout", "-q", "main")
    git(origin.worktree, "merge", "-q", "--no-ff", "-m", "Merge pull request #12 from ada/pr-12\n\nBoth", "pr")
    origin._push()
    pull, done = repo.revert()
    part = origin.squash_pr(13, "Half of it", {"b.txt": "2\n"})
    assert returned(repo.preview(pull, done)) == [("#12", part, ReappearanceKind.SAME)]
    git(origin.worktree, "revert", "--no-edit", part)
    whole = origin.squash_pr(14, "All of it", {"a.txt": "1\n", "b.txt": "2\n"})
    assert returned(repo.preview(pull, done)) == [("#12", whole, ReappearanceKind.SAME)]


def test_a_series_that_comes_back_as_one_squash_is_found(repo: ReleasedRepository) -> None:
    repo.origin.rebase_pr(12, [("One", {"a.txt": "1\n"}), ("Two", {"a.txt": "1\n2\n"})])
    pull, done = repo.revert()
    sha = repo.origin.squash_pr(14, "All at once", {"a.txt": "1\n2\n"})
    assert returned(repo.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_a_reverted_pr_is_found_inside_a_branch_merged_later(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    repo.origin.merge_pr(15, "A large thing", FEATURE | {"more.txt": "more\n"})
    assert repo.preview(pull, done).reappearances == (), "the merged branch makes another change"
    git(repo.origin.worktree, "checkout", "-q", "-B", "large", f"{repo.origin.head()}^1")
    git(repo.origin.worktree, "cherry-pick", pull.commits[-1])
    hidden = repo.origin.head()
    repo.origin.commit("More of it", {"still.txt": "more\n"})
    git(repo.origin.worktree, "checkout", "-q", "main")
    git(repo.origin.worktree, "reset", "-q", "--hard", "HEAD^1")
    git(
        repo.origin.worktree,
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge pull request #16 from ada/large\n\nLarge",
        "large",
    )
    git(repo.origin.worktree, "push", "-q", "--force", "origin", "main")
    assert returned(repo.preview(pull, done)) == [("#12", hidden, ReappearanceKind.SAME)]


def test_a_commit_with_the_same_change_id_is_the_same_change(repo: ReleasedRepository) -> None:
    change = "I" + "ab" * 20
    repo.origin.commit(f"Add a cart\n\nChange-Id: {change}", FEATURE)
    cut = repo.mirror.cut(RELEASE, "main", repo.base)
    pull = cut.pulls[-1]
    assert pull.change == change
    done = repo.mirror.revert(pull, RELEASE, f"{RELEASE}-hotfix.1", "ada@box")
    repo.origin.pull()
    sha = repo.origin.commit(f"Add a cart, once more\n\nChange-Id: {change}", {"shop/cart.py": "other\n"})
    assert returned(repo.preview(pull, done)) == [(pull.name, sha, ReappearanceKind.CHANGE)]


@pytest.mark.parametrize(
    "message",
    [
        "Cart (#20)\n\nRe-lands #12",
        "Cart (#20)\n\nRelands: #12",
        "Re-land #12: Add a cart (#20)",
        "Cart (#20)\n\n* relands #12\n* and more",
    ],
)
def test_a_commit_with_a_re_land_note_re_lands_the_pr(repo: ReleasedRepository, message: str) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    repo.origin.commit(message, FEATURE)
    assert repo.preview(pull, done).reappearances == ()


@pytest.mark.parametrize("message", ["Cart (#20)\n\nRe-lands #123", "Cart (#20)\n\nwe never re-land #12 like this"])
def test_a_commit_without_a_proper_re_land_note_does_not(repo: ReleasedRepository, message: str) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    sha = repo.origin.commit(message, FEATURE)
    assert returned(repo.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]


def test_an_empty_commit_with_a_note_re_lands_a_pr_that_is_returned(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    repo.origin.squash_pr(20, "Cart", FEATURE)
    repo.origin.commit("It was the database after all\n\nRe-lands #12", {})
    assert repo.preview(pull, done).reappearances == ()


def test_cockpits_own_draft_re_lands_the_pr_by_its_branch_or_number(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    name = repo.mirror.propose(pull, RELEASE, "ada@box", "", reland=True)
    sha = repo.origin.squash_pr(50, "Cart, and this time with a test", FEATURE)
    assert returned(repo.preview(pull, done)) == [("#12", sha, ReappearanceKind.SAME)]
    assert repo.preview(pull, done, reland="https://forge.example/town/pull/50").reappearances == ()
    git(repo.origin.worktree, "reset", "-q", "--hard", "HEAD^1")
    git(repo.origin.worktree, "fetch", "-q", "origin")
    git(
        repo.origin.worktree,
        "merge",
        "-q",
        "--no-ff",
        "-m",
        f"Merge pull request #50 from town/{name}",
        f"origin/{name}",
    )
    git(repo.origin.worktree, "push", "-q", "--force", "origin", "main")
    assert repo.preview(pull, done).reappearances == ()


def test_the_revert_of_the_reverts_pr_is_found_by_its_number(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    sha = repo.origin.commit('Revert "Revert Add a cart" (#31)\n\nReverts town/hall#30', {"shop/cart.py": "other\n"})
    assert repo.preview(pull, done, proposal=29).reappearances == ()
    assert returned(repo.preview(pull, done, proposal=30)) == [("#12", sha, ReappearanceKind.REVERTED)]


def test_a_replaced_binary_file_is_not_the_same_change(repo: ReleasedRepository) -> None:
    logo = repo.origin.worktree / "logo.bin"
    logo.write_bytes(b"\0\1\2" * 50)
    repo.origin.squash_pr(11, "A logo", {})
    logo.write_bytes(b"\0\7\7" * 50)
    repo.origin.squash_pr(12, "A new logo", {})
    pull, done = repo.revert()
    logo.write_bytes(b"\0\5\5" * 50)
    repo.origin.squash_pr(14, "The third", {})
    assert repo.preview(pull, done).reappearances == ()
    git(repo.origin.worktree, "checkout", "-q", pull.commits[-1], "--", "logo.bin")
    git(repo.origin.worktree, "commit", "-q", "-m", "The second again")
    repo.origin._push()
    assert repo.preview(pull, done).reappearances == (), "from the third to the second is another change"
    git(repo.origin.worktree, "reset", "-q", "--hard", done.reverts[-1])
    git(repo.origin.worktree, "checkout", "-q", pull.commits[-1], "--", "logo.bin")
    git(repo.origin.worktree, "commit", "-q", "-m", "The second again")
    git(repo.origin.worktree, "push", "-q", "--force", "origin", "main")
    assert returned(repo.preview(pull, done)) == [("#12", repo.origin.head(), ReappearanceKind.SAME)]


def test_a_suspect_of_a_rollback_is_named_until_main_reverts_it(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    cut = repo.mirror.cut(RELEASE, "main", repo.base)
    pull = cut.pulls[-1]
    repo.origin.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert returned(repo.preview(pull, None)) == [("#12", pull.commits[-1], ReappearanceKind.STAYS)]
    git(repo.origin.worktree, "revert", "--no-edit", pull.commits[-1])
    repo.origin._push()
    assert repo.preview(pull, None).reappearances == ()
    again = repo.origin.squash_pr(14, "Add it again", FEATURE)
    assert returned(repo.preview(pull, None)) == [("#12", again, ReappearanceKind.SAME)]


def test_a_pr_re_landed_under_another_number_and_reverted_again_needs_one_note(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    repo.origin.commit("Cart, second try (#50)\n\nRe-lands #12", FEATURE)
    second = "2026-11-23.2"
    again = repo.mirror.cut(second, "main", repo.base).pulls[-1]
    undone = repo.mirror.revert(again, second, f"{second}-hotfix.1", "ada@box")
    repo.origin.pull()
    repo.base = undone.reverts[-1]
    out = (
        QuarantinedPull(again, second, (*undone.reverts, *undone.picks)),
        QuarantinedPull(pull, RELEASE, (*done.reverts, *done.picks)),
    )
    asked = PreviewQuery("main", repo.base, "", out)
    assert preview(repo.mirror, asked).reappearances == ()
    repo.origin.squash_pr(60, "Cart, third try", FEATURE)
    assert {back.pull for back in preview(repo.mirror, asked).reappearances} == {"#12", "#50"}
    repo.origin.commit("Say so\n\nRe-lands #50", {})
    assert preview(repo.mirror, asked).reappearances == ()


def test_a_pr_released_with_a_reason_is_not_named_again(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    repo.origin.squash_pr(14, "Cart", FEATURE)
    assert repo.preview(pull, done).reappearances
    repo.base = repo.origin.head()
    repo.origin.squash_pr(15, "Another", {"other.txt": "1\n"})
    assert repo.preview(pull, done).reappearances == ()


def test_a_hotfix_missing_from_main_is_named_until_main_has_it(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    assert repo.preview(pull, done).missing_from_main == (), "cockpit's own picks name the revert on main"
    worktree = repo.origin.worktree
    git(worktree, "fetch", "-q", "origin")
    git(worktree, "checkout", "-q", "-B", "hotfix", f"origin/{BRANCH}")
    (worktree / "poem.txt").write_text(poem(line3="mended"))
    git(worktree, "commit", "-q", "-a", "-m", "Mend the third line")
    lost = repo.origin.head()
    git(worktree, "push", "-q", "origin", f"hotfix:{BRANCH}")
    git(worktree, "checkout", "-q", "main")
    found = repo.preview(pull, done)
    assert [(commit.sha, commit.subject) for commit in found.missing_from_main] == [(lost, "Mend the third line")]
    git(worktree, "cherry-pick", lost)
    git(worktree, "commit", "-q", "--amend", "-m", "Mend it on main too (#30)")
    repo.origin._push()
    assert repo.preview(pull, done).missing_from_main == ()


def test_an_unchanged_preview_is_returned_again(repo: ReleasedRepository) -> None:
    repo.origin.squash_pr(12, "Add a cart", FEATURE)
    pull, done = repo.revert()
    first = repo.preview(pull, done)
    assert preview(repo.mirror, first.query, first) is first
    repo.origin.squash_pr(13, "Another thing", {"other.txt": "1\n"})
    assert preview(repo.mirror, first.query, first).commit == repo.origin.head()


def test_a_preview_names_the_releases_that_the_repository_has(repo: ReleasedRepository) -> None:
    query = PreviewQuery("main", repo.base)
    before = preview(repo.mirror, query)
    assert before.release_ids == ()
    for release in ("2026-11-23.10", "2026-11-23.2", "v1"):
        repo.mirror.cut(release, "main", "")
    after = preview(repo.mirror, query, before)
    assert after.release_ids == ("2026-11-23.2", "2026-11-23.10")
    assert preview(repo.mirror, query, after) is after
