"""The quarantined PRs, from the events of all releases."""

from cockpit.deploy import quarantine
from cockpit.deploy.facts import Cut, RevertAsked, Reverted, RevertProposed, RolledBack, Started
from cockpit.deploy.pulls.mainline import Mainline
from cockpit.deploy.pulls.pull_request import Commit
from cockpit.deploy.quarantine import (
    PatchMatches,
    QuarantinedPull,
    Reappearance,
    ReappearanceKind,
    quarantined,
    reappearances,
)
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from tests.builders import LADDER, PULLS, events

TWO = ("b" * 40,)


def release(ident: str, *facts: object) -> Release:
    made = (Started("main", LADDER), Cut("b", "t", "c" * 40, "", PULLS), *facts)
    return fold(ident, events(*made))  # type: ignore[arg-type]


def test_the_newest_comes_first_with_its_commits_proposal_and_draft() -> None:
    first = release("1.1", RevertAsked(PULLS[2]), Reverted(33, ("a" * 40,), TWO, "t1", reland="https://f/pull/50"))
    second = release(
        "1.2", RevertAsked(PULLS[0]), RevertProposed(31, "#31", 44, "u"), Reverted(31, ("d" * 40,), TWO, "t1")
    )
    newest, oldest = quarantined((first, second))
    assert (newest.pull, newest.release, newest.proposal) == (PULLS[0], "1.2", 44)
    assert (oldest.pull, oldest.reverts, oldest.reland) == (PULLS[2], ("a" * 40, *TWO), "https://f/pull/50")


def test_a_pr_that_main_had_out_already_is_quarantined_by_its_revert_on_the_branch() -> None:
    only = release("1.1", RevertAsked(PULLS[2]), Reverted(33, (), (), "t1", direct=TWO))
    (out,) = quarantined((only,))
    assert out.reverts == TWO
    tip, own = "d" * 40, PULLS[2].commits[-1]
    main = Mainline((Commit(tip, (own,), "Ada", 0.0, "Later"), Commit(own, (), "Ada", 0.0, "Bad (#33)")))
    same = {out.key: PatchMatches(same=frozenset({own}))}
    assert reappearances((out,), main, same) == (), "its own commits do not bring it back"
    again = {out.key: PatchMatches(same=frozenset({tip}))}
    assert [back.commit for back in reappearances((out,), main, again)] == [tip]


def test_suspects_of_a_rollback_are_quarantined_unless_reverted() -> None:
    back = RolledBack("b", ("canary",), ("#31", "#33", "#99"))
    only = release("1.1", back, RevertAsked(PULLS[2]), Reverted(33, ("a" * 40,), TWO, "t1"))
    assert {(out.pull.name, bool(out.reverts)) for out in quarantined((only,))} == {("#31", False), ("#33", True)}


def test_the_quarantine_is_bounded() -> None:
    many = tuple(
        release(f"1.{n}", Reverted(31, (f"{n:040x}",), TWO, "t")) for n in range(quarantine.MAX_QUARANTINED + 5)
    )
    found = quarantined(many)
    assert len(found) == quarantine.MAX_QUARANTINED
    assert found[0].release == f"1.{quarantine.MAX_QUARANTINED + 4}"


def test_the_text_of_a_reappearance_names_release_commit_and_kind() -> None:
    reverted = Reappearance("#12", "1.1", "f" * 40, "Cart", ReappearanceKind.REVERTED)
    assert reverted.text == "#12 was reverted in 1.1, and ffffffffff on main “Cart” takes its revert back"
    suspected = Reappearance("#12", "1.1", "f" * 40, "Cart", ReappearanceKind.STAYS, True)
    text = "#12 was under suspicion in 1.1, and ffffffffff on main “Cart” is still there"
    assert suspected.text == text


def mainline(*commits: tuple[str, str]) -> Mainline:
    """Commits of (id, message), newest first."""
    ids = [sha for sha, _ in commits] + [""]
    return Mainline(
        tuple(
            Commit(sha, (parent,) if parent else (), "Lin", 0.0, *(message.partition("\n\n")[::2]), ())
            for (sha, message), parent in zip(commits, ids[1:], strict=True)
        )
    )


def test_a_commit_with_the_change_of_a_reverted_pr_brings_it_back() -> None:
    out = QuarantinedPull(PULLS[0], "1.1", ("d" * 40,))
    landed = mainline(("e" * 40, "Add it again"), ("d" * 40, "Revert it"), (out.key, "Add it"))
    same = {out.key: PatchMatches(same=frozenset({out.key, "e" * 40}))}
    assert reappearances((out,), landed, {}) == ()
    assert reappearances((out,), landed, same) == (
        Reappearance("#31", "1.1", "e" * 40, "Add it again", ReappearanceKind.SAME),
    )


def test_the_change_of_a_relanded_pr_brings_no_other_pr_back() -> None:
    first, second = QuarantinedPull(PULLS[0], "1.1", ("c" * 40,)), QuarantinedPull(PULLS[1], "1.2", ("d" * 40,))
    landed = mainline(
        ("e" * 40, f"Add it again\n\nRe-lands {PULLS[1].name}"), ("d" * 40, "Revert it"), (second.key, "Add it, again"),
        ("c" * 40, "Revert it"), (first.key, "Add it"),
    )  # fmt: skip
    both = PatchMatches(same=frozenset({"e" * 40}))
    assert reappearances((first, second), landed, {first.key: both, second.key: both}) == ()
    assert [back.pull for back in reappearances((first,), landed, {first.key: both})] == [PULLS[0].name]
