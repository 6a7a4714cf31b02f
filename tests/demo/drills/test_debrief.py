"""The numbers and the text of a debrief."""

from cockpit.demo.drills.debrief import TraineeAction, format_debrief, make_debrief
from cockpit.demo.drills.drill import EXPECTED_ACTIONS, Drill, Fault
from cockpit.demo.traffic.tally import OK, RequestCount, Tally
from tests import builders as b
from tests.recorded_releases import NOON, rolled_back

BAD_HOST = Drill(Fault.BAD_HOST, 3, 1.0, "production-04")
BAD_PR = Drill(Fault.BAD_PR, 1, 0.0, "h")


def test_times_and_failures_count_from_the_fault() -> None:
    before = Tally((RequestCount("production", "b", "/", OK, 90), RequestCount("production", "b", "/", "refused", 2)))
    after = Tally((RequestCount("production", "b", "/", OK, 190), RequestCount("production", "b", "/", "refused", 9)))
    releases = (b.finished_release(), rolled_back())
    debrief = make_debrief(BAD_PR, releases, b.ADA, NOON + 130, NOON + 165, before, after)
    assert (debrief.seconds_to_action, debrief.seconds_to_recovery) == (30.0, 35.0)
    assert (debrief.failed_requests, debrief.sent_requests) == (7, 199)
    assert [action.after for action in debrief.actions if action.right] == [30.0]
    assert debrief.passed


def test_a_right_action_before_the_fault_or_by_another_person_does_not_count() -> None:
    release = rolled_back()
    for began, person in ((NOON + 161, b.ADA), (NOON + 130, "bob@box")):
        debrief = make_debrief(BAD_PR, (release,), person, began, None, Tally(), Tally())
        assert debrief.seconds_to_action is None
        assert not debrief.passed


def test_a_drill_that_ended_before_its_fault_is_reported() -> None:
    debrief = make_debrief(BAD_HOST, (), b.ADA, None, None, Tally(), Tally())
    assert not debrief.passed
    assert format_debrief(debrief).startswith("the drill ended before its fault (bad-host) began")


def test_the_text_lists_the_actions_with_their_times() -> None:
    debrief = make_debrief(BAD_HOST, (rolled_back(),), b.ADA, NOON + 90, None, Tally(), Tally())
    assert format_debrief(debrief).splitlines() == [
        "drill bad-host: the application on a production host died and does not start",
        f"  expected                  {EXPECTED_ACTIONS[Fault.BAD_HOST]}",
        "  first right action        never",
        "  recovered                 not by the end",
        "  failed requests           0 of 0 requests",
        "  your actions",
        "      -90.0 s        requested a release of main",
        "      -70.0 s        dogfood told to run 9ea7b0b111",
        "      +10.0 s        canary told to run 9ea7b0b111; overrode: WAIT: 40 of 100 requests needed",
        "      +70.0 s        ROLLED BACK dogfood, canary, production to 0ld5eed000",
    ]
    text = "canary told to run 9ea7b0b111; overrode: WAIT: 40 of 100 requests needed"
    assert debrief.actions[2] == TraineeAction(10.0, text, False)
