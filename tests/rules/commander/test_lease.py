from dataclasses import replace

from msgspec.structs import replace as put

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


def refused(decided: Plan | Refusal) -> str:
    assert isinstance(decided, Refusal), decided
    return decided.reason


def planned(decided: Plan | Refusal) -> Plan:
    assert isinstance(decided, Plan), decided
    return decided


def test_whoever_has_not_got_the_conn_is_refused_every_command_but_taking_it() -> None:
    snapshot = held_by(ADA)
    assert isinstance(find_command("note").decide(snapshot, CommandRequest(BOB.by, note="look at web-02")), Plan)
    for command in COMMAND_TABLE:
        if command.verb == "note":
            continue  # whoever sees something may write it down
        said = refused(command.decide(snapshot, BOB))
        assert said.startswith("ada@box is the commander for 5 min"), (command.verb, said)
    assert "take over first" in refused(find_command("rollback").decide(snapshot, BOB))


def test_whoever_has_it_commands_and_so_does_anybody_while_nobody_has() -> None:
    assert isinstance(find_command("hold").decide(held_by(BOB.by), BOB), Plan)
    assert isinstance(find_command("hold").decide(held_by(""), BOB), Plan)
    assert may_command(Holder(), BOB.by)


def test_taking_it_over_needs_a_reason_and_is_recorded_with_the_one_before() -> None:
    assert "needs a reason" in refused(take_over(held_by(ADA), BOB))
    plan = planned(take_over(held_by(ADA), CommandRequest(BOB.by, "ada is at lunch")))
    take, record = plan.steps
    assert isinstance(take, TakeCommand)
    assert take.holder == Holder(ADA, NOW - 300, 9)
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommandTaken)
    assert (record.what.commander, record.what.previous) == (BOB.by, ADA)
    assert record.what.handoff[0].startswith("2026-11-23.3 at canary for 42 s"), (
        "nobody hands over: the card is made of the state"
    )


def test_a_conn_that_nobody_has_is_taken_without_a_reason() -> None:
    assert planned(take_over(held_by(""), BOB)).title == "take over"
    assert "already" in refused(take_over(held_by(BOB.by), BOB))


def test_where_there_is_no_release_there_is_no_log_to_record_it_in() -> None:
    empty = Snapshot(at_canary().policy, NOW)
    (step,) = planned(take_over(empty, BOB)).steps
    assert isinstance(step, TakeCommand)


def test_the_commander_alone_hands_it_over_to_a_person_or_to_whoever_comes() -> None:
    assert "not you" in refused(hand_over(held_by(ADA), BOB))
    assert "nothing to hand over" in refused(hand_over(held_by(""), BOB))
    assert "already" in refused(hand_over(held_by(ADA), CommandRequest(ADA, to=ADA)))
    record, let = planned(hand_over(held_by(ADA), CommandRequest(ADA, to=BOB.by, note="web-02 is slow"))).steps
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, HandedOver)
    assert (record.what.to, record.what.note) == (BOB.by, "web-02 is slow")
    assert record.what.handoff == compose_handoff(held_by(ADA)).lines
    assert isinstance(let, GiveCommand)
    assert let.to == BOB.by
    assert "the next person who takes over" in planned(hand_over(held_by(ADA), CommandRequest(ADA))).title


def test_hosts_that_obeyed_later_targets_than_the_store_has_keep_a_first_install_from_everybody() -> None:
    snapshot = at_canary()
    obeyed = Seen({host: put(status, serial=7) for host, status in snapshot.statuses.value.items()}, NOW)
    wiped = replace(Snapshot(snapshot.policy, NOW), statuses=obeyed, targets=Seen({}, NOW))
    assert wiped.ahead_of_store == tuple(sorted(obeyed.value))
    assert "restore its backup" in refused(find_command("install").decide(wiped, BOB))
    assert "restore its backup" in refused(find_command("install").decide(wiped, CommandRequest(BOB.by, override=True)))
    assert isinstance(
        find_command("install").decide(wiped, CommandRequest(BOB.by, "there is no backup", override=True)), Plan
    )


def test_the_conn_is_handed_to_a_person_and_not_to_a_word() -> None:
    assert refused(hand_over(held_by(ADA), CommandRequest(ADA, to="nobody"))).startswith(
        "invalid user 'nobody': use user@host"
    )
