"""The hand-off card as it is read."""

from dataclasses import replace

from cockpit.deploy.facts import Call
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.snapshot import Seen
from cockpit.rules.commander.lease import hand_over
from cockpit.views import handoff
from cockpit.views.rows import plain
from tests.scenario import ADA, Scenario

BOB = "bob@desk"


def handed(note: str = "web-02 is slow", why: str = "") -> Scenario:
    scenario = Scenario().at(2)
    scenario.judge(Call.GO)
    scenario.snapshot = replace(
        scenario.snapshot, commander=Seen(Holder(ADA, scenario.snapshot.now, 3), scenario.snapshot.now)
    )
    plan = hand_over(scenario.snapshot, ask := CommandRequest(ADA, why, to=BOB, note=note))
    assert isinstance(plan, Plan)
    scenario.perform(plan, ask)
    return scenario


def test_it_reads_from_the_note_to_how_things_stand_and_how_they_stood() -> None:
    scenario = handed()
    scenario.wait(300)
    scenario.judge(Call.HOLD, "twice the errors")
    shown = plain(handoff.page(scenario.snapshot, 80))
    assert shown.split("\n") == [
        "ada@desk gave the conn to bob@desk, 5 min ago",
        "",
        "NOTES",
        "  • web-02 is slow (ada@desk, 5 min ago)",
        "",
        "NOW",
        "  • 2026-11-22.2 at canary for 6 min, HOLD",
        "",
        "OPEN QUESTIONS",
        "  • the gate says HOLD: twice the errors",
        "",
        "OVERRODE",
        "  • none",
        "",
        "AS IT WAS AT 12:02:00 UTC",
        "  • 2026-11-22.2 at canary for 60 s, GO",
        "",
    ]


def test_a_reason_without_a_note_is_the_note() -> None:
    assert "• off for today (ada@desk" in plain(handoff.page(handed("", "off for today").snapshot, 80))


def test_as_values_it_says_whose_turn_it_is_to_read() -> None:
    scenario = handed()
    told = handoff.as_json(scenario.snapshot, BOB)
    assert (told["due"], told["release"], told["handed"]["by"]) == (True, "2026-11-22.2", ADA)
    assert told["handed"]["what"]["card"] == ("2026-11-22.2 at canary for 60 s, GO",)
    assert handoff.as_json(scenario.snapshot, ADA)["due"] is False
    assert handoff.as_json(Scenario().snapshot, ADA)["handed"] is None
