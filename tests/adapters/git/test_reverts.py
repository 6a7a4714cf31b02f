"""A PR is reverted on main and on the release branch in one push, however it was merged, or nothing is pushed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.adapters.git.object_quarantine import Quarantine
from cockpit.adapters.git.remote import RefUpdate, Remote
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import Failed, MergeConflict, PushedRevert, Withdrawn
from tests.git_origin import GitOrigin, git, poem

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@bridge"
BRANCH = f"refs/heads/release/{RELEASE}"


def cut(mirror: GitMirror, number: int) -> PullRequest:
    """Cut the release; the PR of this number in it."""
    return next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == number)


def everything(origin: GitOrigin) -> str:
    return git(origin.path, "for-each-ref")


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_pr_is_reverted_however_it_was_merged(origin: GitOrigin, mirror: GitMirror, how: str) -> None:
    match how:
        case "merge":
            origin.merge_pr(7, "Bad idea", {"poem.txt": poem(line3="bad"), "bad.py": "1"})
        case "squash":
            origin.squash_pr(7, "Bad idea", {"poem.txt": poem(line3="bad"), "bad.py": "1"})
        case _:
            origin.rebase_pr(
                7,
                [
                    ("Bad idea", {"poem.txt": poem(line3="first")}),
                    ("Worse", {"poem.txt": poem(line3="bad"), "bad.py": "1"}),
                ],
            )
    origin.squash_pr(8, "Good idea", {"poem.txt": poem(line3="bad", line15="good")})
    pull = cut(mirror, 7)
    tip = origin.squash_pr(9, "Not in the release", {"later.py": "1"})
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert len(pushed.reverts) == len(pushed.picks) == len(pull.commits)
    for ref in ("main", BRANCH, TAG):
        assert origin.file_text(ref, "poem.txt") + "\n" == poem(line15="good")
        assert "bad.py" not in origin.paths(ref)
    assert ("later.py" in origin.paths("main"), "later.py" in origin.paths(BRANCH)) == (True, False)
    assert origin.commit_at("refs/heads/main") == pushed.reverts[-1]
    assert origin.commit_at(BRANCH) == origin.commit_at(f"refs/tags/{TAG}") == pushed.picks[-1]
    assert git(origin.path, "rev-parse", f"{pushed.reverts[0]}^") == tip


def test_the_messages_name_the_pr_the_release_and_the_commander(origin: GitOrigin, mirror: GitMirror) -> None:
    sha = origin.merge_pr(7, "Bad idea (#6)", {"bad.py": "1"})
    pushed = mirror.revert(cut(mirror, 7), RELEASE, TAG, BY)
    message = f"Revert #7: Bad idea (#6)\n\nThis reverts commit {sha}.\n\nReverts-PR: 7\nRelease: {RELEASE}"
    shown = "--format=%an <%ae>|%B"
    assert git(origin.path, "log", "-1", shown, "main") == f"ada <{BY}>|{message}"
    picked = f"{message}\n(cherry picked from commit {pushed.reverts[0]})"
    assert git(origin.path, "log", "-1", shown, BRANCH) == f"ada <{BY}>|{picked}"
    assert mirror.pulls(sha, "main")[0].number == 0


def test_a_commit_without_a_pr_can_be_reverted(origin: GitOrigin, mirror: GitMirror) -> None:
    sha = origin.commit("Straight to main", {"bad.py": "1"})
    pull = mirror.cut(RELEASE, "main", "").pulls[-1]
    first = mirror.revert(pull, RELEASE, TAG, BY)
    assert git(origin.path, "log", "-1", "--format=%s", "main") == f"Revert {sha[:8]}: Straight to main"
    assert mirror.revert(pull, RELEASE, TAG, BY) == first


def test_reverting_is_idempotent_even_from_a_new_mirror(origin: GitOrigin, mirror: GitMirror, tmp_path: Path) -> None:
    origin.rebase_pr(7, [("Bad", {"bad.py": "1"}), ("Worse", {"bad.py": "2"})])
    pull = cut(mirror, 7)
    first = mirror.revert(pull, RELEASE, TAG, BY)
    before = everything(origin)
    assert mirror.revert(pull, RELEASE, TAG, BY) == first
    assert GitMirror(str(origin.path), tmp_path / "another").revert(pull, RELEASE, TAG, "bob@deck") == first
    assert everything(origin) == before


def test_a_second_revert_is_added_on_top_of_the_first(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    origin.squash_pr(8, "Worse", {"worse.py": "1"})
    seven, eight = mirror.cut(RELEASE, "main", "").pulls[-2:]
    first = mirror.revert(seven, RELEASE, TAG, BY)
    mirror.revert(eight, RELEASE, f"{RELEASE}-hotfix.2", BY)
    assert origin.paths(BRANCH) == origin.paths("main") == ["README", "poem.txt"]
    assert origin.commit_at(f"refs/tags/{TAG}") == first.picks[-1]
    assert mirror.revert(seven, RELEASE, TAG, BY) == first


def test_a_revert_that_conflicts_names_the_paths_and_pushes_nothing(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad"), "bad.py": "1"})
    origin.squash_pr(8, "On top of it", {"poem.txt": poem(line3="bad but mended")})
    pull = cut(mirror, 7)
    before = everything(origin)
    with pytest.raises(
        MergeConflict, match=r"the revert of #7 does not apply to main: conflicts in poem.txt"
    ) as failed:
        mirror.revert(pull, RELEASE, TAG, BY)
    assert failed.value.paths == ("poem.txt",)
    assert everything(origin) == before


def test_a_pick_that_conflicts_names_the_release_branch_and_pushes_nothing(
    origin: GitOrigin, mirror: GitMirror
) -> None:
    origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")})
    pull = cut(mirror, 7)
    git(origin.worktree, "checkout", "-q", "-b", "hot")
    origin.commit("Mend it in the release alone", {"poem.txt": poem(line3="mended")})
    git(origin.worktree, "push", "-q", "origin", f"hot:{BRANCH}")
    before = everything(origin)
    with pytest.raises(MergeConflict, match=f"does not apply to release/{RELEASE}"):
        mirror.revert(pull, RELEASE, TAG, BY)
    assert everything(origin) == before


def test_files_that_are_merged_by_union_do_not_conflict(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.commit("A log", {"docs/.gitattributes": "LOG merge=union\n", "docs/LOG": "one\n"})
    origin.squash_pr(7, "Bad", {"docs/LOG": "one\nbad\n", "bad.py": "1"})
    origin.squash_pr(8, "More", {"docs/LOG": "one\nbad\nmore\n"})
    mirror.revert(cut(mirror, 7), RELEASE, TAG, BY)
    assert origin.file_text("main", "docs/LOG").splitlines()[0] == "one"
    assert "bad.py" not in origin.paths("main")


def test_a_pr_missing_from_main_or_the_release_is_refused(origin: GitOrigin, mirror: GitMirror) -> None:
    mirror.cut(RELEASE, "main", "")
    late = origin.squash_pr(9, "Late", {"late.py": "1"})
    mirror.fetch()
    pull = mirror.pulls("", "main")[-1]
    with pytest.raises(Failed, match=f"release/{RELEASE} does not contain {late[:10]} of #9"):
        mirror.revert(pull, RELEASE, TAG, BY)
    git(origin.worktree, "reset", "-q", "--hard", "HEAD~1")
    git(origin.worktree, "push", "-q", "--force", "origin", "main")
    with pytest.raises(Failed, match=f"main does not contain {late[:10]} of #9"):
        mirror.revert(pull, RELEASE, TAG, BY)


def test_a_tag_of_another_commit_is_refused(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    git(origin.worktree, "push", "-q", "origin", f"main:refs/tags/{TAG}")
    with pytest.raises(Failed, match=f"the tag {TAG} exists already"):
        mirror.revert(pull, RELEASE, TAG, BY)


def test_a_revert_is_repeated_if_main_moves_during_the_push(
    origin: GitOrigin, mirror: GitMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    late = _interrupt_pushes(monkeypatch, lambda n: origin.squash_pr(8 + n, "Meanwhile", {f"late{n}.py": "1"}), times=2)
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert len(late) == 2
    assert origin.paths("main") == ["README", "late0.py", "late1.py", "poem.txt"]
    assert origin.commit_at("refs/heads/main") == pushed.reverts[-1]


def test_a_push_fails_after_five_races(origin: GitOrigin, mirror: GitMirror, monkeypatch: pytest.MonkeyPatch) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    _interrupt_pushes(monkeypatch, lambda n: origin.commit(f"Meanwhile {n}", {f"late{n}.py": "1"}), times=99)
    with pytest.raises(Failed, match="others pushed first 5 times"):
        mirror.revert(pull, RELEASE, TAG, BY)
    assert origin.commit_at(f"refs/tags/{TAG}") == ""


def test_a_protected_main_leaves_both_branches_unchanged(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    hook = origin.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ] || { echo "GH006: Protected branch" >&2; exit 1; }\n')
    hook.chmod(0o755)
    before = everything(origin)
    with pytest.raises(Failed, match=r"(?s)Protected branch.*allow the deploying account to push"):
        mirror.revert(pull, RELEASE, TAG, BY)
    assert everything(origin) == before


def test_a_failing_server_hook_is_reported_and_leaves_no_objects(
    origin: GitOrigin, mirror: GitMirror, tmp_path: Path
) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    origin.squash_pr(8, "More", {"more.py": "1"})
    pull = cut(mirror, 7)
    hook = origin.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the freeze ends on monday' >&2\nexit 1\n")
    hook.chmod(0o755)
    before, objects = everything(origin), git(tmp_path / "mirror", "count-objects")
    with pytest.raises(Failed, match=r"(?s)the freeze ends on monday.*pre-receive hook declined.*allow the deploying"):
        mirror.revert(pull, RELEASE, TAG, BY)
    assert everything(origin) == before
    assert git(tmp_path / "mirror", "count-objects") == objects
    hook.unlink()
    assert mirror.revert(pull, RELEASE, TAG, BY).reverts[-1] == origin.commit_at("refs/heads/main")


def test_a_revert_works_again_once_the_remote_is_back(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    away = origin.path.rename(origin.path.with_name("away.git"))
    with pytest.raises(Failed, match="cannot fetch from"):
        mirror.revert(pull, RELEASE, TAG, BY)
    away.rename(origin.path)
    assert origin.commit_at("refs/heads/main") == pull.commits[0]
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert origin.commit_at("refs/heads/main") == pushed.reverts[-1]


def test_hooks_of_the_account_and_of_the_mirror_do_not_run(
    origin: GitOrigin, mirror: GitMirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    hooks, own = tmp_path / "hooks", tmp_path / "mirror" / "hooks"
    # The origin is on this machine and reads the account's settings too: a transaction would be its own affair.
    for folder, name in (
        (hooks, "pre-push"),
        (hooks, "post-commit"),
        (own, "pre-push"),
        (own, "reference-transaction"),
    ):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (folder / name).chmod(0o755)
    _account(tmp_path, monkeypatch, f"[core]\nhooksPath = {hooks}\n")
    mirror.revert(pull, RELEASE, TAG, BY)
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="signing needs a key")
def test_commits_are_signed_if_the_account_signs_commits(
    origin: GitOrigin, mirror: GitMirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    sign = f"[commit]\ngpgSign = true\n[gpg]\nformat = ssh\n[user]\nsigningKey = {key}\n"
    _account(tmp_path, monkeypatch, sign)
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    for made in (*pushed.reverts, *pushed.picks):
        assert "-----BEGIN SSH SIGNATURE-----" in git(origin.path, "cat-file", "commit", made)
    assert git(origin.path, "log", "-1", "--format=%an <%ae> %cn", pushed.picks[0]) == "ada <ada@bridge> ada"


def test_a_failing_signature_is_reported_and_pushes_nothing(
    origin: GitOrigin, mirror: GitMirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    before = everything(origin)
    _account(tmp_path, monkeypatch, "[commit]\ngpgSign = true\n[gpg]\nprogram = /bin/false\n")
    with pytest.raises(Failed, match="git commit-tree"):
        mirror.revert(pull, RELEASE, TAG, BY)
    assert everything(origin) == before


def _account(folder: Path, monkeypatch: pytest.MonkeyPatch, settings: str) -> None:
    """The settings of the account that cockpit runs in."""
    (folder / "gitconfig").write_text(settings)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(folder / "gitconfig"))


def test_a_remote_with_a_working_tree_is_refused(origin: GitOrigin, tmp_path: Path) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    mirror = GitMirror(str(origin.worktree), tmp_path / "mirror")
    pull = cut(mirror, 7)
    with pytest.raises(Failed, match=r"(?s)checked out.*use a bare repository"):
        mirror.revert(pull, RELEASE, TAG, BY)
    assert (origin.worktree / "bad.py").exists()


def test_a_push_whose_answer_was_lost_counts_as_done(
    origin: GitOrigin, mirror: GitMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    push = Remote.push

    def lose_the_answer(self: Remote, updates: tuple[RefUpdate, ...], quarantine: Quarantine) -> str:
        push(self, updates, quarantine)
        return "fatal: the remote end hung up unexpectedly"

    monkeypatch.setattr(Remote, "push", lose_the_answer)
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert isinstance(pushed, PushedRevert)
    assert origin.commit_at("refs/heads/main") == pushed.reverts[-1]


def _interrupt_pushes(monkeypatch: pytest.MonkeyPatch, meanwhile: object, times: int) -> list[str]:
    """Push something else right before each of the first `times` pushes."""
    push, landed = Remote.push, list[str]()

    def racing_push(self: Remote, updates: tuple[RefUpdate, ...], quarantine: Quarantine) -> str:
        if len(landed) < times:
            landed.append(meanwhile(len(landed)))  # type: ignore[operator]
        return push(self, updates, quarantine)

    monkeypatch.setattr(Remote, "push", racing_push)
    return landed


def test_a_gerrit_review_is_reverted_by_its_change_id(origin: GitOrigin, mirror: GitMirror) -> None:
    change = "I0123456789abcdef0123456789abcdef01234567"
    origin.commit(f"Bad idea\n\nChange-Id: {change}", {"bad.py": "1"})
    pull = next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.matches(0, change))
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert "bad.py" not in origin.paths(TAG)
    assert f"\nReverts-PR: {change}\n" in git(origin.path, "log", "-1", "--format=%B", pushed.reverts[0]) + "\n"


def test_a_revert_that_is_withdrawn_before_its_push_pushes_nothing(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    before = everything(origin)
    with pytest.raises(Withdrawn, match="it was withdrawn, and nothing was pushed"):
        mirror.revert(pull, RELEASE, TAG, BY, wanted=lambda: False)
    assert everything(origin) == before


def test_a_revert_that_is_withdrawn_after_its_push_is_returned(
    origin: GitOrigin, mirror: GitMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.squash_pr(7, "Bad", {"bad.py": "1"})
    pull = cut(mirror, 7)
    push, is_wanted = Remote.push, [True]

    def withdraw_meanwhile(self: Remote, updates: tuple[RefUpdate, ...], quarantine: Quarantine) -> str:
        is_wanted.clear()
        return push(self, updates, quarantine)

    monkeypatch.setattr(Remote, "push", withdraw_meanwhile)
    pushed = mirror.revert(pull, RELEASE, TAG, BY, wanted=lambda: bool(is_wanted))
    assert origin.commit_at(f"refs/tags/{TAG}") == pushed.tip
    assert mirror.revert(pull, RELEASE, TAG, BY, wanted=lambda: False) == pushed, "what was pushed is found again"
