"""Whose slot it is, and what that means while nobody has the conn."""

from dataclasses import replace

import pytest

from cockpit.control.command_table import COMMAND_TABLE, find_command, refusal_reason
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.rules.commander.duty import duty, duty_at, duty_of_another, next_commander
from cockpit.rules.commander.lease import take_over
from tests.builders import ADA, CALENDAR, NOW, in_the_day

BOB = "bob@desk"
BETWEEN = NOW + 12 * 3600


def nobody(now: float = NOW) -> Snapshot:
    """It is the slot nap, which is Ada's, and nobody has the conn."""
    return replace(in_the_day(), commander=Seen(Holder(), NOW), now=now)


def test_it_is_the_rotas_person_in_the_present_slot_and_nobody_outside_all_of_them() -> None:
    now = duty(nobody())
    assert now is not None
    assert (now.slot.name, now.person, now.text) == ("nap", "ada", "nap is ada's slot")
    assert duty(nobody(BETWEEN)) is None
    assert duty_at(CALENDAR, Rota(), NOW) is None


def test_a_slot_is_anothers_for_everybody_but_its_person_at_any_machine() -> None:
    assert duty_of_another(nobody(), ADA) is None
    assert duty_of_another(nobody(), "ada@laptop") is None
    assert duty_of_another(nobody(), BOB) is not None


def test_in_anothers_slot_a_command_waits_for_the_conn_to_be_taken_but_not_one_that_stops() -> None:
    for command in COMMAND_TABLE:
        no = refusal_reason(command, nobody(), CommandRequest(BOB, pull=31))
        if command.stops or command.open_to_all:
            assert "slot" not in no, command.verb
        else:
            assert no == "nap is ada's slot, and there is no commander: take over first, with a reason", command.verb
    assert {command.verb for command in COMMAND_TABLE if command.stops} == {"hold", "rollback"}


@pytest.mark.parametrize(("person", "now"), [(ADA, NOW), (BOB, BETWEEN)])
def test_whose_slot_it_is_and_anybody_between_slots_command_while_nobody_has_the_conn(person: str, now: float) -> None:
    snapshot = nobody(now)
    assert isinstance(find_command("hold").decide(snapshot, CommandRequest(person)), Plan)
    assert "slot" not in refusal_reason(find_command("advance"), snapshot, CommandRequest(person))
    assert isinstance(take_over(snapshot, CommandRequest(person)), Plan)


def test_another_takes_the_conn_with_a_reason() -> None:
    no = take_over(nobody(), CommandRequest(BOB))
    assert isinstance(no, Refusal)
    assert no.reason == "nap is ada's slot: taking over needs a reason: add --why"
    assert isinstance(take_over(nobody(), CommandRequest(BOB, "ada is ill")), Plan)


def test_a_rota_that_was_read_comes_before_the_configs_and_stays_when_its_source_fails() -> None:
    read = replace(nobody(), rota=Seen(Rota(("cy",)), NOW - 900, "rota: who.sh ended with 1"))
    now = duty(read)
    assert now is not None
    assert now.person == "cy"
    never = replace(nobody(), rota=Seen(None, 0.0, "rota: who.sh ended with 1"))
    stands_in = duty(never)
    assert stands_in is not None
    assert stands_in.person == "ada"


def test_whoever_has_the_conn_keeps_it_into_the_slot_of_another() -> None:
    held = replace(nobody(), commander=Seen(Holder(BOB, NOW - 60, 9), NOW))
    assert "slot" not in refusal_reason(find_command("advance"), held, CommandRequest(BOB))


def test_whoever_has_the_slot_follows_one_who_is_gone_else_the_next_in_the_order_else_of_the_slots() -> None:
    assert next_commander(nobody(), BOB) == "ada"
    assert next_commander(nobody(), ADA) == BOB
    assert next_commander(nobody(BETWEEN), BOB) == "cy"
    by_slots = replace(nobody(), rota=Seen(Rota((), {"nap": "ada", "fourth": "ada", "tea": "cy"}), NOW))
    assert next_commander(by_slots, ADA) == "cy"
    assert next_commander(replace(nobody(), rota=Seen(Rota((), {"nap": "ada"}), NOW)), ADA) == ""
