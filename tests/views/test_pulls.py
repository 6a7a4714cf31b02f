"""PRs as rows and as a page."""

from dataclasses import replace

from cockpit.deploy.pulls.merge_policy import Objection
from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.views import pulls
from cockpit.views.rows import length, plain
from tests.builders import HOSTILE, NOW, PULLS, at_canary, hotfixed, idle, reverting, soaking


def test_a_row_shows_whether_the_pr_is_reverting_or_reverted() -> None:
    assert "reverting" in plain(pulls.rows(PULLS, reverting().open, 80))
    assert "reverted" in plain(pulls.rows(PULLS, hotfixed().open, 80))
    assert "revert" not in plain(pulls.rows(PULLS, at_canary().open, 80))


def test_a_commit_without_a_pr_is_listed_by_its_short_id() -> None:
    direct = PullRequest(0, "typo", "Ada", MergeMethod.DIRECT, ("abcdef0123" + "0" * 30,), ("a",), 0.0)
    assert plain(pulls.listing((direct,), 80)).startswith("abcdef01 ")


def test_between_releases_the_list_has_the_unreleased_prs() -> None:
    assert pulls.current_pulls(idle()) == ("UNRELEASED ON MAIN", PULLS)
    assert pulls.current_pulls(at_canary())[0] == "PULL REQUESTS"


def test_rows_with_hostile_texts_keep_their_width() -> None:
    for width in (30, 48, 77, 120):
        assert all(length(line) == width for line in pulls.rows(HOSTILE, None, width))


def test_an_empty_range_has_no_pr() -> None:
    assert plain(pulls.listing((), 80)) == "no PR"


def test_the_page_of_a_pr_lists_every_file() -> None:
    text = plain(pulls.detail(PULLS[2], reverting().open, 80))
    assert "state     reverting" in text
    assert all(path in text for path in PULLS[2].files)


def test_a_row_and_the_page_say_that_the_release_branch_differs() -> None:
    release = at_canary().open
    assert release
    first = release.pulls[0]
    rehearsal = Rehearsal(release.commit, {first.commits[-1]: RehearsalResult(direct=True, differs=("pay.py",))})
    assert plain(pulls.rows((first,), release, 80, rehearsal)).rstrip().endswith("differs")
    page = " ".join(plain(pulls.detail(first, release, 80, rehearsal)).split())
    assert "revert differs on release branch in pay.py: reverted there by itself" in page


def test_a_row_shows_the_result_of_the_rehearsed_revert() -> None:
    snapshot = at_canary()
    release = snapshot.open
    assert release
    first, second, *_ = release.pulls
    results = {first.commits[-1]: RehearsalResult(), second.commits[-1]: RehearsalResult(("a.py",), ("#9",))}
    rehearsal = Rehearsal(release.commit, results)
    lines = plain(pulls.rows(release.pulls, release, 80, rehearsal)).splitlines()
    assert lines[0].rstrip().endswith("clean")
    assert lines[1].rstrip().endswith("with #9")
    page = plain(pulls.detail(second, release, 80, rehearsal))
    assert "revert    conflicts in a.py: reverts together with #9" in page


def test_suspects_add_a_column_with_the_chance() -> None:
    pair = PULLS[:2]
    ranked = (Suspect(pair[1], pair[1].commits[0], 0.61, "changed a.py"), Suspect(None, "", 0.39, "infrastructure"))
    first, second = plain(pulls.rows(pair, None, 80, None, None, ranked)).splitlines()
    assert ("61%" in first, "61%" in second) == (False, True)
    assert "suspect   61%: changed a.py" in plain(pulls.detail(pair[1], None, 80, suspect=ranked[0]))


def test_reviews_add_a_column_with_review_and_checks() -> None:
    approved, changes, unknown = PULLS[:3]
    good = Review(approved.number, "", "", "https://example.com/1", ReviewState.APPROVED, Checks.GREEN)
    bad = Review(changes.number, "", "", "", ReviewState.CHANGES, Checks.RUNNING)
    reviews = {approved.number: good, changes.number: bad}
    lines = plain(pulls.rows((approved, changes, unknown), None, 80, None, reviews)).splitlines()
    assert ["✓✓" in lines[0], "✗…" in lines[1], "??" in lines[2]] == [True, True, True]
    assert lines[0].index("✓✓") == lines[1].index("✗…") == lines[2].index("??")
    page = plain(pulls.detail(approved, None, 80, None, good))
    assert "review    approved" in page
    assert "checks    green" in page


def test_stale_reviews_are_shown_with_their_age() -> None:
    known = {31: Review(31, "a", "b", "")}
    assert plain((pulls.reviews_age(replace(soaking(), reviews=Seen(known, NOW - 60))),)) == ""
    assert (
        plain((pulls.reviews_age(replace(soaking(), reviews=Seen(known, NOW - 720))),)).strip() == "reviews 12 min old"
    )
    assert pulls.reviews_age(soaking()) == ()


def test_objections_are_marked_as_refused_or_as_warnings() -> None:
    assert pulls.objection_rows((), 80) == ()
    text = plain(pulls.objection_rows((Objection("#1 has red checks", refuses=True), Objection("#2 is new")), 80))
    assert text.split("\n") == ["", "refused: #1 has red checks", "warning: #2 is new"]
