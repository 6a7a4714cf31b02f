"""The handoff page."""

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
    plan = hand_over(scenario.snapshot, request := CommandRequest(ADA, why, to=BOB, note=note))
    assert isinstance(plan, Plan)
    scenario.perform(plan, request)
    return scenario


def test_the_page_has_notes_state_questions_overrides_and_the_state_at_the_handover() -> None:
    scenario = handed()
    scenario.wait(300)
    scenario.judge(Call.HOLD, "twice the errors")
    shown = plain(handoff.page(scenario.snapshot, 80))
    assert shown.split("\n") == [
        "ada@desk handed over to bob@desk, 5 min ago",
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
        "OVERRIDDEN",
        "  • none",
        "",
        "AT THE HANDOVER, 12:02:00 UTC",
        "  • 2026-11-22.2 at canary for 60 s, GO",
        "",
    ]


def test_a_reason_without_a_note_is_the_note() -> None:
    assert "• off for today (ada@desk" in plain(handoff.page(handed("", "off for today").snapshot, 80))


def test_json_says_who_has_not_read_it() -> None:
    scenario = handed()
    values = handoff.as_json(scenario.snapshot, BOB)
    assert (values["unread"], values["release"], values["handover"]["by"]) == (True, "2026-11-22.2", ADA)
    assert values["handover"]["what"]["card"] == ("2026-11-22.2 at canary for 60 s, GO",)
    assert handoff.as_json(scenario.snapshot, ADA)["unread"] is False
    assert handoff.as_json(Scenario().snapshot, ADA)["handover"] is None
