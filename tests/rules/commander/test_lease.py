"""The commander lease: who may command, take over and hand over."""

from dataclasses import replace

from cockpit.control.command_table import COMMAND_TABLE, find_command
from cockpit.deploy.facts import CommandTaken, HandedOver
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import AppendEvent, CommandRequest, GiveCommand, Plan, Refusal, TakeCommand
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.rules.commander.handoff import compose_handoff
from cockpit.rules.commander.lease import hand_over, may_command, take_over
from tests.builders import ADA, NOW, at_canary

BOB = CommandRequest("bob@box")


def held_by(person: str, since: float = NOW - 300) -> Snapshot:
    return replace(at_canary(), commander=Seen(Holder(person, since, 9) if person else Holder(version=9), NOW))


def refused(decision: Plan | Refusal) -> str:
    assert isinstance(decision, Refusal), decision
    return decision.reason


def planned(decision: Plan | Refusal) -> Plan:
    assert isinstance(decision, Plan), decision
    return decision


def test_only_the_commander_gives_commands() -> None:
    snapshot = held_by(ADA)
    assert isinstance(find_command("note").decide(snapshot, CommandRequest(BOB.by, note="look at web-02")), Plan)
    for command in COMMAND_TABLE:
        if command.verb == "note":
            continue  # any person may write a note
        reason = refused(command.decide(snapshot, BOB))
        assert reason.startswith("ada@box is the commander for 5 min"), (command.verb, reason)
    assert "take over first" in refused(find_command("rollback").decide(snapshot, BOB))


def test_any_person_commands_while_there_is_no_commander() -> None:
    assert isinstance(find_command("hold").decide(held_by(BOB.by), BOB), Plan)
    assert isinstance(find_command("hold").decide(held_by(""), BOB), Plan)
    assert may_command(Holder(), BOB.by)


def test_a_take_over_needs_a_reason_and_records_the_previous_commander() -> None:
    assert "needs a reason" in refused(take_over(held_by(ADA), BOB))
    plan = planned(take_over(held_by(ADA), CommandRequest(BOB.by, "ada is at lunch")))
    take, record = plan.steps
    assert isinstance(take, TakeCommand)
    assert take.holder == Holder(ADA, NOW - 300, 9)
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommandTaken)
    assert (record.what.commander, record.what.previous) == (BOB.by, ADA)
    assert record.what.handoff[0].startswith("2026-11-23.3 at canary for 42 s"), (
        "no one hands over: the handoff is made from the state"
    )


def test_a_take_over_without_a_commander_needs_no_reason() -> None:
    assert planned(take_over(held_by(""), BOB)).title == "take over"
    assert "already" in refused(take_over(held_by(BOB.by), BOB))


def test_a_take_over_before_the_first_release_is_not_recorded() -> None:
    empty = Snapshot(at_canary().policy, NOW)
    (step,) = planned(take_over(empty, BOB)).steps
    assert isinstance(step, TakeCommand)


def test_only_the_commander_hands_over_to_a_person_or_without_a_name() -> None:
    assert "not you" in refused(hand_over(held_by(ADA), BOB))
    assert "nothing to hand over" in refused(hand_over(held_by(""), BOB))
    assert "already" in refused(hand_over(held_by(ADA), CommandRequest(ADA, to=ADA)))
    record, release = planned(hand_over(held_by(ADA), CommandRequest(ADA, to=BOB.by, note="web-02 is slow"))).steps
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, HandedOver)
    assert (record.what.to, record.what.note) == (BOB.by, "web-02 is slow")
    assert record.what.handoff == compose_handoff(held_by(ADA)).lines
    assert isinstance(release, GiveCommand)
    assert release.to == BOB.by
    assert "the next person who takes over" in planned(hand_over(held_by(ADA), CommandRequest(ADA))).title


def test_a_hand_over_needs_a_user_and_host() -> None:
    assert refused(hand_over(held_by(ADA), CommandRequest(ADA, to="nobody"))).startswith(
        "invalid user 'nobody': use user@host"
    )
