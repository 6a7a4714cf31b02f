"""What the hand-off card says, as a table of things that are not settled."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import BuildFailed, Call, CommandTaken, Held, Noted, RevertFailed, SmokeFailed
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.rules import decisions
from cockpit.rules.commander.activity import acts, commands, person
from cockpit.rules.commander.handoff import LONGEST, handoff, questions
from cockpit.rules.commander.lease import take_over
from tests.paper import ADA, POLICY, PULLS, Paper, build

BOB = "bob@desk"


def asked(paper: Paper) -> str:
    """The open questions, one after the other."""
    return "\n".join(questions(paper.snapshot))


def test_a_calm_release_has_a_state_and_no_question() -> None:
    paper = Paper().at(2)
    paper.judged(Call.GO)
    made = handoff(paper.snapshot)
    assert made.state == ("2026-11-22.2 at canary for 60 s, GO",)
    assert (made.overrode, made.questions, made.notes) == ((), (), ())
    assert made.lines == made.state


def test_a_closed_release_is_told_by_how_it_ended_and_when_whatever_was_recorded_in_its_log_since() -> None:
    paper = Paper().at(7)
    paper.judged(Call.GO)
    paper.give(decisions.finish)
    paper.wait(3600)
    paper.give(decisions.freeze, until="2h", why="billing moves house")
    assert handoff(paper.snapshot).state == ("2026-11-22.2 finished 60 min ago; no release is open",)
    paper.give(decisions.roll_back, why="it is broken")
    paper.wait(120)
    assert handoff(paper.snapshot).state == ("2026-11-22.2 rolled back 2 min ago; no release is open",)


def test_a_freeze_is_an_open_question() -> None:
    paper = Paper().at(2)
    paper.give(decisions.freeze, until="2h", why="billing moves house")
    assert "deploys are frozen by ada@desk: billing moves house" in asked(paper)


def test_every_open_question_is_on_it() -> None:
    paper = Paper(put(POLICY, watches_alerts=True)).at(3)
    paper.judged(Call.HOLD, "twice the errors")
    failed = replace(paper.snapshot).statuses.value["production-1"]
    paper.status(put(failed, state=HostState.FAILED, failed=build(2).id, detail="disk full"))
    paper.snapshot = replace(
        paper.snapshot,
        alerts=Seen((Alert("HighLatency", paper.snapshot.now - 240),), paper.snapshot.now),
        suspects=Seen(
            (Suspect(PULLS[0], "c", 0.71, "touched the line"), Suspect(PULLS[1], "c", 0.01, "")), paper.snapshot.now
        ),
    )
    paper.give(decisions.hold, "looks odd")
    paper.give(decisions.revert, pull=12)
    said = asked(paper)
    for part in (
        "held by ada@desk for 0 s: looks odd",
        "1 alert outstanding: HighLatency (4 min)",
        "the revert of #12 Change 12 is pending",
        "production: failed: production-1",
        "#11 Change 11 is suspected (71.0 %): touched the line",
    ):
        assert part in said
    assert "#12 Change 12 is suspected" not in said


def test_a_gate_that_does_not_say_go_is_a_question_and_so_are_alerts_that_nobody_knows() -> None:
    paper = Paper(put(POLICY, watches_alerts=True)).at(3)
    paper.judged(Call.WAIT, "too few requests")
    assert "the gate says WAIT: too few requests" in asked(paper)
    assert "which alerts are outstanding is not known here" in asked(paper)
    paper.snapshot = replace(paper.snapshot, alerts=Seen(None, 0.0, "alertmanager does not answer"))
    assert "not known: alertmanager does not answer" in asked(paper)


def test_work_that_failed_is_a_question_with_its_reason_on_one_line() -> None:
    for fact, words in (
        (BuildFailed("c", "make:\x1b[2J\nError 1"), "the build failed: make: Error 1"),
        (RevertFailed(12, "conflicts"), "a revert failed: conflicts"),
        (SmokeFailed("b", "500"), "the smoke test failed: 500"),
    ):
        paper = Paper().at(2)
        paper.tell(fact)
        assert words in asked(paper)


def test_what_was_overridden_stands_there_with_who_and_why() -> None:
    paper = Paper().at_staging()
    paper.judged(Call.WAIT, "too few requests")
    paper.give(decisions.advance, "nobody is at the office", override=True)
    paper.wait(600)
    said = handoff(paper.snapshot).overrode
    assert said == ("WAIT: too few requests by ada@desk 10 min ago: nobody is at the office",)


def test_notes_stand_there_from_one_commander_to_the_next() -> None:
    paper = Paper().at(2)
    paper.perform(decisions.record_fact(paper.snapshot, paper.release, Noted("web-02 is slow")), CommandRequest(BOB))
    assert handoff(paper.snapshot).notes == ("web-02 is slow (bob@desk, 0 s ago)",)
    paper.snapshot = replace(paper.snapshot, commander=Seen(Holder(ADA, paper.snapshot.now, 3), paper.snapshot.now))
    plan = take_over(paper.snapshot, ask := CommandRequest(BOB, "lunch"))
    assert isinstance(plan, Plan)
    paper.perform(plan, ask)
    assert handoff(paper.snapshot).notes == ("web-02 is slow (bob@desk, 0 s ago)",)
    taken = paper.release.events[-1].what
    assert isinstance(taken, CommandTaken)
    assert "note: web-02 is slow (bob@desk, 0 s ago)" in taken.card
    for number in range(9):
        paper.perform(
            decisions.record_fact(paper.snapshot, paper.release, Noted(f"note {number}")), CommandRequest(BOB)
        )
    first, *_, last = handoff(paper.snapshot).notes
    assert first.startswith("note 8 ")
    assert last == "2 older ones are in the log"


def test_a_rollback_and_a_release_that_is_over_are_said() -> None:
    paper = Paper().at(4)
    paper.give(decisions.roll_back, "errors")
    assert "rolled back, dogfood, canary, production on the last good build" in handoff(paper.snapshot).state[0]
    over = handoff(Paper().installed().snapshot)
    assert over.state == ("2026-11-22.1 finished 0 s ago; no release is open",)
    assert handoff(Paper().snapshot).state == ("no release yet",)


def test_a_line_is_short_and_holds_no_escape_code() -> None:
    paper = Paper().at(3)
    paper.judged(Call.HOLD, "x" * 1000)
    paper.give(decisions.hold, "\x1b]0;owned\x07" + "y" * 1000)
    assert all(len(line) <= LONGEST and line.isprintable() for line in handoff(paper.snapshot).lines)


def test_a_person_is_told_from_the_engine_and_a_command_from_a_note() -> None:
    def event(by: str, what: Held | Noted | CommandTaken) -> Event:
        return Event(1, 0.0, by, "", what, "")

    assert person(event(ADA, Held()))
    assert not person(event("engine", Held()))
    assert commands(event(ADA, Held()))
    assert not commands(event("autopilot", Held()))
    assert not acts(event(ADA, Noted("n")))
    assert acts(event(ADA, CommandTaken(ADA, "")))
    assert not commands(event(ADA, CommandTaken(ADA, "")))
