"""What the handoff tells the next commander."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.facts import BuildFailed, Call, CommandTaken, Noted, RevertFailed, SmokeFailed
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.rules import decisions
from cockpit.rules.commander.handoff import LONGEST, compose_handoff, open_questions
from cockpit.rules.commander.lease import take_over
from tests.scenario import ADA, POLICY, PULLS, Scenario, build

BOB = "bob@desk"


def questions_of(scenario: Scenario) -> str:
    """The open questions, one per line."""
    return "\n".join(open_questions(scenario.snapshot))


def test_a_calm_release_has_a_state_and_no_open_question() -> None:
    scenario = Scenario().at(2)
    scenario.judge(Call.GO)
    made = compose_handoff(scenario.snapshot)
    assert made.state == ("2026-11-22.2 at canary for 60 s, GO",)
    assert (made.overrode, made.questions, made.notes) == ((), (), ())
    assert made.lines == made.state


def test_a_closed_release_has_its_end_and_time_even_if_events_followed() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    scenario.wait(3600)
    scenario.run(decisions.freeze, until="2h", why="billing moves house")
    assert compose_handoff(scenario.snapshot).state == ("2026-11-22.2 finished 60 min ago; no release is open",)
    scenario.run(decisions.roll_back, why="it is broken")
    scenario.wait(120)
    assert compose_handoff(scenario.snapshot).state == ("2026-11-22.2 rolled back 2 min ago; no release is open",)


def test_a_freeze_is_an_open_question() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.freeze, until="2h", why="billing moves house")
    assert "deploys are frozen by ada@desk: billing moves house" in questions_of(scenario)


def test_every_open_question_is_in_it() -> None:
    scenario = Scenario(put(POLICY, watches_alerts=True)).at(3)
    scenario.judge(Call.HOLD, "twice the errors")
    failed = replace(scenario.snapshot).statuses.value["production-1"]
    scenario.report(put(failed, state=HostState.FAILED, failed=build(2).id, detail="disk full"))
    scenario.snapshot = replace(
        scenario.snapshot,
        alerts=Seen((Alert("HighLatency", scenario.snapshot.now - 240),), scenario.snapshot.now),
        suspects=Seen(
            (Suspect(PULLS[0], "c", 0.71, "touched the line"), Suspect(PULLS[1], "c", 0.01, "")), scenario.snapshot.now
        ),
    )
    scenario.run(decisions.hold, "looks odd")
    scenario.run(decisions.revert, pull=12)
    found = questions_of(scenario)
    for part in (
        "held by ada@desk for 0 s: looks odd",
        "1 alert firing: HighLatency (4 min)",
        "the revert of #12 Change 12 is pending",
        "production: failed: production-1",
        "#11 Change 11 is suspected (71.0 %): touched the line",
    ):
        assert part in found
    assert "#12 Change 12 is suspected" not in found


def test_a_verdict_other_than_go_is_a_question_and_so_are_unknown_alerts() -> None:
    scenario = Scenario(put(POLICY, watches_alerts=True)).at(3)
    scenario.judge(Call.WAIT, "too few requests")
    assert "the gate says WAIT: too few requests" in questions_of(scenario)
    assert "firing alerts are unknown: not read yet" in questions_of(scenario)
    scenario.snapshot = replace(scenario.snapshot, alerts=Seen(None, 0.0, "alertmanager does not answer"))
    assert "firing alerts are unknown: alertmanager does not answer" in questions_of(scenario)


def test_a_failed_job_is_a_question_with_its_reason_on_one_line() -> None:
    for fact, words in (
        (BuildFailed("c", "make:\x1b[2J\nError 1"), "the build failed: make: Error 1"),
        (RevertFailed(12, "conflicts"), "the revert of #12 failed: conflicts"),
        (SmokeFailed("b", "500"), "the smoke test failed: 500"),
    ):
        scenario = Scenario().at(2)
        scenario.append(fact)
        assert words in questions_of(scenario)


def test_an_override_is_in_it_with_its_author_and_reason() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.WAIT, "too few requests")
    scenario.run(decisions.advance, "no one is in today", override=True)
    scenario.wait(600)
    found = compose_handoff(scenario.snapshot).overrode
    assert found == ("WAIT: too few requests by ada@desk 10 min ago: no one is in today",)


def test_notes_stay_in_it_from_one_commander_to_the_next() -> None:
    scenario = Scenario().at(2)
    scenario.perform(
        decisions.record_fact(scenario.snapshot, scenario.release, Noted("web-02 is slow")), CommandRequest(BOB)
    )
    assert compose_handoff(scenario.snapshot).notes == ("web-02 is slow (bob@desk, 0 s ago)",)
    scenario.snapshot = replace(
        scenario.snapshot, commander=Seen(Holder(ADA, scenario.snapshot.now, 3), scenario.snapshot.now)
    )
    plan = take_over(scenario.snapshot, request := CommandRequest(BOB, "lunch"))
    assert isinstance(plan, Plan)
    scenario.perform(plan, request)
    assert compose_handoff(scenario.snapshot).notes == ("web-02 is slow (bob@desk, 0 s ago)",)
    taken = scenario.release.events[-1].what
    assert isinstance(taken, CommandTaken)
    assert "note: web-02 is slow (bob@desk, 0 s ago)" in taken.handoff
    for number in range(9):
        scenario.perform(
            decisions.record_fact(scenario.snapshot, scenario.release, Noted(f"note {number}")), CommandRequest(BOB)
        )
    first, *_, last = compose_handoff(scenario.snapshot).notes
    assert first.startswith("note 8 ")
    assert last == "2 older notes are in the log"


def test_a_rollback_and_a_finished_release_are_in_the_state() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back, "errors")
    assert (
        "rolled back, dogfood, canary, production on the last good build" in compose_handoff(scenario.snapshot).state[0]
    )
    over = compose_handoff(Scenario().installed().snapshot)
    assert over.state == ("2026-11-22.1 finished 0 s ago; no release is open",)
    assert compose_handoff(Scenario().snapshot).state == ("no release yet",)


def test_a_line_is_short_and_has_no_escape_codes() -> None:
    scenario = Scenario().at(3)
    scenario.judge(Call.HOLD, "x" * 1000)
    scenario.run(decisions.hold, "\x1b]0;owned\x07" + "y" * 1000)
    assert all(len(line) <= LONGEST and line.isprintable() for line in compose_handoff(scenario.snapshot).lines)
