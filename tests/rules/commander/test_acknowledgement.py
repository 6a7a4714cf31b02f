"""Who must read the hand-off card before they command, on the log alone."""

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


def has(scenario: Scenario, person: str) -> Scenario:
    """That person has the conn."""
    now = scenario.snapshot.now
    scenario.snapshot = replace(scenario.snapshot, commander=Seen(Holder(person, now if person else 0.0, 9), now))
    return scenario


def gives(scenario: Scenario, by: str, verb: str, why: str = "", **more: object) -> Plan | Refusal:
    """A command of that person through the table, performed where it is not refused."""
    ask = CommandRequest(by, why, **more)  # type: ignore[arg-type]
    decided = find_command(verb).decide(scenario.snapshot, ask)
    if isinstance(decided, Plan):
        scenario.perform(decided, ask)
    return decided


def handed_over(to: str = BOB) -> Scenario:
    """Ada's release at canary, handed over with a note."""
    scenario = has(Scenario().at(2), ADA)
    scenario.perform(*_asked(scenario, CommandRequest(ADA, to=to, note="web-02 is slow")))
    return has(scenario, to)


def _asked(scenario: Scenario, ask: CommandRequest) -> tuple[Plan, CommandRequest]:
    plan = hand_over(scenario.snapshot, ask)
    assert isinstance(plan, Plan)
    return plan, ask


def test_who_was_given_the_conn_commands_once_the_card_is_read() -> None:
    scenario = handed_over()
    scenario.judge(Call.GO)
    assert gives(scenario, BOB, "advance") == Refusal(UNREAD)
    assert isinstance(gives(scenario, BOB, "handoff"), Plan)
    assert scenario.release.events[-1].what == HandoffRead(ADA)
    assert scenario.release.events[-1].by == BOB
    assert isinstance(gives(scenario, BOB, "advance"), Plan)
    assert isinstance(gives(scenario, BOB, "handoff"), Refusal)


def test_the_commander_who_knows_needs_no_card_and_watchers_have_none() -> None:
    scenario = has(Scenario().at(2), ADA)
    assert unread_handoff(scenario.snapshot, ADA) is None
    assert unread_handoff(scenario.snapshot, BOB) is None
    said = read_handoff(scenario.snapshot, CommandRequest(BOB))
    assert isinstance(said, Refusal)
    assert said.reason.startswith("ada@desk is the commander")


@pytest.mark.parametrize("verb", [command.verb for command in COMMAND_TABLE])
def test_what_stops_is_never_refused_for_a_card_and_all_else_that_moves_is(verb: str) -> None:
    scenario = handed_over()
    scenario.judge(Call.GO)
    ask = CommandRequest(BOB, "why", override=True, pull=12, to=EVE, note="n", mode="advance")
    decided = find_command(verb).decide(scenario.snapshot, ask)
    if verb in {"hold", "rollback", "hand-over", "handoff", "note"}:
        assert isinstance(decided, Plan), verb
    elif verb != "take-over":
        assert decided == Refusal(UNREAD), verb


def test_stopping_is_not_reading() -> None:
    for verb in ("hold", "rollback"):
        scenario = handed_over()
        assert isinstance(gives(scenario, BOB, verb), Plan)
        assert gives(scenario, BOB, "resume") == Refusal(UNREAD)


def test_who_takes_it_over_reads_the_card_that_nobody_wrote() -> None:
    scenario = has(Scenario().at(2), ADA)
    ask = CommandRequest(BOB, "ada is at lunch")
    plan = take_over(scenario.snapshot, ask)
    assert isinstance(plan, Plan)
    scenario.perform(plan, ask)
    has(scenario, BOB)
    taken = scenario.release.events[-1].what
    assert isinstance(taken, CommandTaken)
    assert "at canary" in taken.handoff[0]
    assert unread_handoff(scenario.snapshot, BOB) == scenario.release.events[-1]


def test_who_sits_down_where_a_lost_commander_sat_reads_it_although_nothing_was_handed_over() -> None:
    scenario = has(Scenario().at(2), BOB)
    assert unread_handoff(scenario.snapshot, BOB) is not None
    assert unread_handoff(has(scenario, "").snapshot, BOB) is None, "a verb in a shell while nobody ever sat there"
    seen = Presence(ADA, scenario.snapshot.now, Sign.LEFT)
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(seen, scenario.snapshot.now))
    assert unread_handoff(scenario.snapshot, BOB) is not None
    assert unread_handoff(scenario.snapshot, ADA) is None


def test_after_a_dead_mans_hold_everybody_but_the_one_who_was_lost_reads_it() -> None:
    scenario = has(Scenario().at(2), "")
    scenario.append(CommanderLost(ADA, BOB, scenario.snapshot.now, Sign.LOST))
    assert unread_handoff(scenario.snapshot, BOB) is not None
    assert unread_handoff(scenario.snapshot, EVE) is not None
    assert unread_handoff(scenario.snapshot, ADA) is None


def test_who_has_read_it_and_is_relieved_reads_it_again_on_coming_back() -> None:
    scenario = handed_over()
    gives(scenario, BOB, "handoff")
    scenario.judge(Call.GO)
    gives(scenario, BOB, "advance")
    scenario.perform(*_asked(scenario, CommandRequest(BOB, to=ADA)))
    assert unread_handoff(has(scenario, ADA).snapshot, ADA) is not None


def test_what_others_do_without_commanding_asks_for_no_card() -> None:
    scenario = has(Scenario().at(2), ADA)
    gives(scenario, EVE, "note", note="web-02 is slow")
    assert scenario.release.events[-1].what == Noted("web-02 is slow")
    assert unread_handoff(scenario.snapshot, ADA) is None


def test_a_conn_that_is_given_to_nobody_comes_with_its_card_to_whoever_takes_it() -> None:
    scenario = handed_over("")
    assert isinstance(scenario.release.events[-1].what, HandedOver)
    assert unread_handoff(has(scenario, BOB).snapshot, BOB) is not None
    assert unread_handoff(has(scenario, ADA).snapshot, ADA) is None, "she wrote it"


def test_no_open_release_no_card() -> None:
    scenario = has(Scenario().installed(), BOB)
    assert unread_handoff(scenario.snapshot, BOB) is None
    assert isinstance(gives(scenario, BOB, "start"), Plan)


def test_a_note_needs_words_and_a_release_and_takes_them_from_either_place() -> None:
    scenario = Scenario().at(2)
    assert isinstance(write_note(scenario.snapshot, CommandRequest(BOB)), Refusal)
    assert isinstance(write_note(Scenario().snapshot, CommandRequest(BOB, note="n")), Refusal)
    for ask in (CommandRequest(BOB, note="look"), CommandRequest(BOB, "look")):
        scenario.perform(plan, ask) if isinstance(plan := write_note(scenario.snapshot, ask), Plan) else pytest.fail(
            "refused"
        )
        assert scenario.release.events[-1].what == Noted("look")


def test_a_record_of_before_there_were_cards_is_read_as_one_without() -> None:
    old = b'{"number":1,"at":1.0,"by":"a@b","why":"","what":{"type":"HandedOver","to":"c@d"},"prev":""}'
    assert decode("k", 1, old) == msgspec.json.decode(old, type=Event)
    assert decode("k", 1, old).what == HandedOver("c@d")
    taken = old.replace(b'"HandedOver","to":"c@d"', b'"ConnTaken","by":"a@b","previous":"c@d"')
    assert decode("k", 1, taken).what == CommandTaken("a@b", "c@d")
