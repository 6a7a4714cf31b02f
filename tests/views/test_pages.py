"""The smaller views: PRs, plans, keys, history, the set-up, the status as text."""

from cockpit.control.command_table import command_named
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.pulls.pull_request import How, PullRequest
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.deploy.rehearsal import Rehearsal, Rehearsed
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.views import history, key_help, plan_steps, pulls, startup, status
from cockpit.views.rows import length, plain
from tests.builders import ADA, HOSTILE, PULLS, SCENES, at_canary, host_failed, hotfixed, idle, reverting, setting_up


def test_a_pr_says_what_became_of_it() -> None:
    assert "reverting" in plain(pulls.rows(PULLS, reverting().open, 80))
    assert "reverted" in plain(pulls.rows(PULLS, hotfixed().open, 80))
    assert "revert" not in plain(pulls.rows(PULLS, at_canary().open, 80))


def test_a_commit_without_a_pr_is_listed_by_its_short_id() -> None:
    direct = PullRequest(0, "typo", "Ada", How.DIRECT, ("abcdef0123" + "0" * 30,), ("a",), 0.0)
    assert plain(pulls.listing((direct,), 80)).startswith("abcdef01 ")


def test_between_releases_the_list_is_what_main_has_to_offer() -> None:
    assert pulls.shown(idle()) == ("UNRELEASED ON MAIN", PULLS)
    assert pulls.shown(at_canary())[0] == "PULL REQUESTS"


def test_rows_of_strangers_keep_to_their_width() -> None:
    for width in (30, 48, 77, 120):
        assert all(length(line) == width for line in pulls.rows(HOSTILE, None, width))


def test_an_empty_range_says_so() -> None:
    assert plain(pulls.listing((), 80)) == "no PR"


def test_the_detail_of_a_pr_names_every_file() -> None:
    text = plain(pulls.detail(PULLS[2], reverting().open, 80))
    assert "reverting" in text
    assert all(path in text for path in PULLS[2].files)


def test_a_plan_is_its_title_and_its_numbered_steps() -> None:
    plan = command_named("rollback").decide(at_canary(), CommandRequest(ADA))
    assert isinstance(plan, Plan)
    text = plain(plan_steps.steps(plan))
    assert text.splitlines()[0] == plan.title
    assert all(f"{n}. {step.words}" in text for n, step in enumerate(plan.steps, 1))


def test_a_long_step_is_broken_not_cropped() -> None:
    plan = command_named("revert").decide(at_canary(), CommandRequest(ADA, pull=33))
    assert isinstance(plan, Plan)
    lines = plan_steps.steps(plan, 40)
    assert all(length(line) <= 40 for line in lines)
    assert " ".join(plain(lines).split()).count("hotfix.1") == 1


def test_the_footer_leaves_out_refused_keys_first() -> None:
    hints = tuple(key_help.Hint(str(n), f"command{n}", refusal="no" if n == 2 else "") for n in range(1, 5))
    wide, _ = key_help.footer(hints, (), 80)
    assert "command2" in plain((wide,))
    short, _ = key_help.footer(hints, (), 44)
    assert "command2" not in plain((short,))
    assert "command4" in plain((short,))


def test_a_narrow_footer_keeps_what_is_vital_also_where_it_is_refused() -> None:
    hints = tuple(
        key_help.Hint(str(n), f"command{n}", refusal="no" if n < 3 else "", vital=n == 2) for n in range(1, 5)
    )
    short, _ = key_help.footer(hints, (), 30)
    assert plain((short,)).split() == ["2", "command2", "3", "command3"]


def test_the_page_of_help_says_why_a_key_is_refused() -> None:
    page = plain(
        key_help.help_page((("COMMANDS", (key_help.Hint("a", "advance", "Next step.", "the gate says WAIT"),)),), 60)
    )
    assert "not now: the gate says WAIT" in page


def test_history_names_the_newest_first_and_tells_outputs_line_by_line() -> None:
    listed = plain(history.releases(hotfixed(), 80)).splitlines()
    assert listed[0].startswith("2026-11-23.3")
    assert "1 reverted" in listed[0]
    release = host_failed().open
    assert release is not None
    told = plain(history.events(release, 80)).splitlines()
    assert any(line.strip() == "Traceback: no module named shop" for line in told)


def test_the_set_up_ticks_off_what_is_done() -> None:
    text = plain(startup.opening(setting_up(), 80, 20))
    assert "✓ building the first release" in text
    assert "◉ starting 14 hosts" in text
    assert len(startup.opening(setting_up(), 80, 3)) == 3


def test_status_names_stragglers_and_ages() -> None:
    text = plain(status.status(SCENES["at production"](), 80))
    assert "DEAD web-07" in text
    assert "moving web-03 (draining" in text
    assert "counters   changed or read 1 s ago" in text


def test_a_pr_says_what_taking_it_out_would_come_to() -> None:
    snapshot = at_canary()
    release = snapshot.open
    assert release
    one, two, *_ = release.pulls
    rehearsal = Rehearsal(
        release.commit, {one.commits[-1]: Rehearsed(), two.commits[-1]: Rehearsed(("a.py",), ("#9",))}
    )
    lines = plain(pulls.rows(release.pulls, release, 80, rehearsal)).splitlines()
    assert lines[0].rstrip().endswith("clean")
    assert lines[1].rstrip().endswith("with #9")
    page = plain(pulls.detail(two, release, 80, rehearsal))
    assert "revert    conflicts in a.py: comes out together with #9" in page


def test_the_chance_to_be_behind_the_newest_error_is_a_column_while_there_is_one() -> None:
    one, two = PULLS[:2]
    ranked = (Suspect(two, two.commits[0], 0.61, "changed a.py"), Suspect(None, "", 0.39, "infrastructure"))
    first, second = plain(pulls.rows((one, two), None, 80, None, None, ranked)).splitlines()
    assert ("61%" in first, "61%" in second) == (False, True)
    assert "suspect   61%: changed a.py" in plain(pulls.detail(two, None, 80, suspect=ranked[0]))


def test_review_and_checks_are_a_column_where_a_forge_tells_them() -> None:
    one, two, three = PULLS[:3]
    good = Review(one.number, "", "", "https://example.com/1", ReviewState.APPROVED, Checks.GREEN)
    bad = Review(two.number, "", "", "", ReviewState.CHANGES, Checks.RUNNING)
    reviews = {one.number: good, two.number: bad}
    lines = plain(pulls.rows((one, two, three), None, 80, None, reviews)).splitlines()
    assert ["✓✓" in lines[0], "✗…" in lines[1], "??" in lines[2]] == [True, True, True]
    assert lines[0].index("✓✓") == lines[1].index("✗…") == lines[2].index("??")
    page = plain(pulls.detail(one, None, 80, None, good))
    assert "review    approved" in page
    assert "checks    green" in page


def test_what_speaks_against_a_plan_stands_below_it_and_the_rest_is_counted() -> None:
    plan = Plan("start", "r", (), 0, "", warnings=("#1 was merged with red checks", "OVERRIDDEN: #2 is back", "third"))
    assert plain(plan_steps.steps(plan)).splitlines()[1:] == [
        "  !  #1 was merged with red checks",
        "  !  OVERRIDDEN: #2 is back",
        "  !  third",
    ]
    assert plain(plan_steps.steps(plan, 78, 1)).splitlines()[1:] == [
        "  !  #1 was merged with red checks",
        "  !  and 2 more, see `cockpit pulls`",
    ]
