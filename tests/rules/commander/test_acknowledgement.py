"""Who must read the handoff before they give commands."""

from dataclasses import replace

import msgspec
import pytest

from cockpit.control.command_table import COMMAND_TABLE, find_command
from cockpit.deploy.events import Event, decode
from cockpit.deploy.facts import Call, CommanderLost, CommandTaken, HandedOver, HandoffRead, Noted
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.deploy.snapshot import Seen
from cockpit.rules.commander.acknowledgement import UNREAD, read_handoff, unread_handoff, write_note
from cockpit.rules.commander.lease import hand_over, take_over
from tests.scenario import ADA, Scenario

BOB = "bob@desk"
EVE = "eve@desk"


def with_commander(scenario: Scenario, person: str) -> Scenario:
    """Make that person the commander."""
    now = scenario.snapshot.now
    scenario.snapshot = replace(scenario.snapshot, commander=Seen(Holder(person, now if person else 0.0, 9), now))
    return scenario


def give(scenario: Scenario, by: str, verb: str, why: str = "", **fields: object) -> Plan | Refusal:
    """Give a command of the table as that person; perform it unless it is refused."""
    request = CommandRequest(by, why, **fields)  # type: ignore[arg-type]
    decided = find_command(verb).decide(scenario.snapshot, request)
    if isinstance(decided, Plan):
        scenario.perform(decided, request)
    return decided


def handed_over(to: str = BOB) -> Scenario:
    """Ada's release at canary, handed over with a note."""
    scenario = with_commander(Scenario().at(2), ADA)
    scenario.perform(*_hand_over(scenario, CommandRequest(ADA, to=to, note="web-02 is slow")))
    return with_commander(scenario, to)


def _hand_over(scenario: Scenario, request: CommandRequest) -> tuple[Plan, CommandRequest]:
    plan = hand_over(scenario.snapshot, request)
    assert isinstance(plan, Plan)
    return plan, request


def test_a_person_who_was_handed_over_to_commands_once_they_read_the_handoff() -> None:
    scenario = handed_over()
    scenario.judge(Call.GO)
    assert give(scenario, BOB, "advance") == Refusal(UNREAD)
    assert isinstance(give(scenario, BOB, "handoff"), Plan)
    assert scenario.release.events[-1].what == HandoffRead(ADA)
    assert scenario.release.events[-1].by == BOB
    assert isinstance(give(scenario, BOB, "advance"), Plan)
    assert isinstance(give(scenario, BOB, "handoff"), Refusal)


def test_an_informed_commander_and_other_people_have_no_unread_handoff() -> None:
    scenario = with_commander(Scenario().at(2), ADA)
    assert unread_handoff(scenario.snapshot, ADA) is None
    for other in (BOB, "aaron@desk"):
        assert unread_handoff(scenario.snapshot, other) is None
    refusal = read_handoff(scenario.snapshot, CommandRequest(BOB))
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("ada@desk is the commander")


@pytest.mark.parametrize("verb", [command.verb for command in COMMAND_TABLE])
def test_an_unread_handoff_refuses_every_command_but_the_safe_ones(verb: str) -> None:
    scenario = handed_over()
    scenario.judge(Call.GO)
    request = CommandRequest(BOB, "why", override=True, pull=12, to=EVE, note="n", mode="advance")
    decided = find_command(verb).decide(scenario.snapshot, request)
    if verb in {"hold", "rollback", "hand-over", "handoff", "note"}:
        assert isinstance(decided, Plan), verb
    elif verb != "take-over":
        assert decided == Refusal(UNREAD), verb


def test_a_hold_or_a_rollback_does_not_mark_the_handoff_as_read() -> None:
    for verb in ("hold", "rollback"):
        scenario = handed_over()
        assert isinstance(give(scenario, BOB, verb), Plan)
        assert give(scenario, BOB, "resume") == Refusal(UNREAD)


def test_a_person_who_takes_over_reads_a_handoff_made_from_the_state() -> None:
    scenario = with_commander(Scenario().at(2), ADA)
    request = CommandRequest(BOB, "ada is at lunch")
    plan = take_over(scenario.snapshot, request)
    assert isinstance(plan, Plan)
    scenario.perform(plan, request)
    with_commander(scenario, BOB)
    taken = scenario.release.events[-1].what
    assert isinstance(taken, CommandTaken)
    assert "at canary" in taken.handoff[0]
    assert unread_handoff(scenario.snapshot, BOB) == scenario.release.events[-1]


def test_the_successor_of_a_lost_commander_reads_the_handoff_without_a_hand_over() -> None:
    scenario = with_commander(Scenario().at(2), BOB)
    assert unread_handoff(scenario.snapshot, BOB) is not None
    assert unread_handoff(with_commander(scenario, "").snapshot, BOB) is None, "a shell, and no screen before"
    last_seen = Presence(ADA, scenario.snapshot.now, Sign.LEFT)
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(last_seen, scenario.snapshot.now))
    assert unread_handoff(scenario.snapshot, BOB) is not None
    assert unread_handoff(scenario.snapshot, ADA) is None


def test_after_a_deadman_hold_every_person_but_the_lost_one_reads_the_handoff() -> None:
    scenario = with_commander(Scenario().at(2), "")
    scenario.append(CommanderLost(ADA, BOB, scenario.snapshot.now, Sign.LOST))
    assert unread_handoff(scenario.snapshot, BOB) is not None
    assert unread_handoff(scenario.snapshot, EVE) is not None
    assert unread_handoff(scenario.snapshot, ADA) is None


def test_a_returning_commander_reads_the_handoff_again() -> None:
    scenario = handed_over()
    give(scenario, BOB, "handoff")
    scenario.judge(Call.GO)
    give(scenario, BOB, "advance")
    scenario.perform(*_hand_over(scenario, CommandRequest(BOB, to=ADA)))
    assert unread_handoff(with_commander(scenario, ADA).snapshot, ADA) is not None


def test_a_note_of_another_person_needs_no_handoff() -> None:
    scenario = with_commander(Scenario().at(2), ADA)
    give(scenario, EVE, "note", note="web-02 is slow")
    assert scenario.release.events[-1].what == Noted("web-02 is slow")
    assert unread_handoff(scenario.snapshot, ADA) is None


def test_a_hand_over_without_a_name_is_read_by_the_next_commander() -> None:
    scenario = handed_over("")
    assert isinstance(scenario.release.events[-1].what, HandedOver)
    assert unread_handoff(with_commander(scenario, BOB).snapshot, BOB) is not None
    assert unread_handoff(with_commander(scenario, ADA).snapshot, ADA) is None, "she wrote it"


def test_there_is_no_handoff_to_read_without_an_open_release() -> None:
    scenario = with_commander(Scenario().installed(), BOB)
    assert unread_handoff(scenario.snapshot, BOB) is None
    assert isinstance(give(scenario, BOB, "start"), Plan)


def test_a_note_needs_text_and_a_release_and_takes_the_text_from_note_or_why() -> None:
    scenario = Scenario().at(2)
    assert isinstance(write_note(scenario.snapshot, CommandRequest(BOB)), Refusal)
    assert isinstance(write_note(Scenario().snapshot, CommandRequest(BOB, note="n")), Refusal)
    for request in (CommandRequest(BOB, note="look"), CommandRequest(BOB, "look")):
        plan = write_note(scenario.snapshot, request)
        assert isinstance(plan, Plan)
        scenario.perform(plan, request)
        assert scenario.release.events[-1].what == Noted("look")


def test_a_record_from_before_handoffs_is_read_as_one_without() -> None:
    old = b'{"number":1,"at":1.0,"by":"a@b","why":"","what":{"type":"HandedOver","to":"c@d"},"prev":""}'
    assert decode("k", 1, old) == msgspec.json.decode(old, type=Event)
    assert decode("k", 1, old).what == HandedOver("c@d")
    taken = old.replace(b'"HandedOver","to":"c@d"', b'"ConnTaken","by":"a@b","previous":"c@d"')
    assert decode("k", 1, taken).what == CommandTaken("a@b", "c@d")
