"""Who is on duty, and what that means without a commander."""

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


def without_commander(now: float = NOW) -> Snapshot:
    """The slot nap, which is Ada's, without a commander."""
    return replace(in_the_day(), commander=Seen(Holder(), NOW), now=now)


def test_the_duty_is_the_rotas_person_in_a_slot_and_no_one_between_slots() -> None:
    now = duty(without_commander())
    assert now is not None
    assert (now.slot.name, now.person, now.text) == ("nap", "ada", "nap is ada's slot")
    assert duty(without_commander(BETWEEN)) is None
    assert duty_at(CALENDAR, Rota(), NOW) is None


def test_a_slot_belongs_to_its_person_on_any_machine() -> None:
    assert duty_of_another(without_commander(), ADA) is None
    assert duty_of_another(without_commander(), "ada@laptop") is None
    assert duty_of_another(without_commander(), BOB) is not None


def test_in_anothers_slot_every_command_but_a_safe_one_needs_a_take_over() -> None:
    for command in COMMAND_TABLE:
        refused = refusal_reason(command, without_commander(), CommandRequest(BOB, pull=31))
        if command.stops or command.open_to_all:
            assert "slot" not in refused, command.verb
        else:
            reason = "nap is ada's slot, and there is no commander: take over first, with a reason"
            assert refused == reason, command.verb
    assert {command.verb for command in COMMAND_TABLE if command.stops} == {"hold", "rollback"}


@pytest.mark.parametrize(("person", "now"), [(ADA, NOW), (BOB, BETWEEN)])
def test_the_person_on_duty_commands_and_anyone_does_between_slots(person: str, now: float) -> None:
    snapshot = without_commander(now)
    assert isinstance(find_command("hold").decide(snapshot, CommandRequest(person)), Plan)
    assert "slot" not in refusal_reason(find_command("advance"), snapshot, CommandRequest(person))
    assert isinstance(take_over(snapshot, CommandRequest(person)), Plan)


def test_another_person_takes_over_with_a_reason() -> None:
    refused = take_over(without_commander(), CommandRequest(BOB))
    assert isinstance(refused, Refusal)
    assert refused.reason == "nap is ada's slot: taking over needs a reason: add --why"
    assert isinstance(take_over(without_commander(), CommandRequest(BOB, "ada is ill")), Plan)


def test_a_rota_that_was_read_replaces_the_configs_and_stays_if_its_source_fails() -> None:
    read = replace(without_commander(), rota=Seen(Rota(("cy",)), NOW - 900, "rota: who.sh ended with 1"))
    now = duty(read)
    assert now is not None
    assert now.person == "cy"
    never = replace(without_commander(), rota=Seen(None, 0.0, "rota: who.sh ended with 1"))
    fallback = duty(never)
    assert fallback is not None
    assert fallback.person == "ada"


def test_the_commander_stays_the_commander_in_the_slot_of_another() -> None:
    held = replace(without_commander(), commander=Seen(Holder(BOB, NOW - 60, 9), NOW))
    assert "slot" not in refusal_reason(find_command("advance"), held, CommandRequest(BOB))


def test_the_next_commander_is_on_duty_else_next_in_the_order_else_of_the_next_slot() -> None:
    assert next_commander(without_commander(), BOB) == "ada"
    assert next_commander(without_commander(), ADA) == BOB
    assert next_commander(without_commander(BETWEEN), BOB) == "cy"
    by_slots = replace(without_commander(), rota=Seen(Rota((), {"nap": "ada", "fourth": "ada", "tea": "cy"}), NOW))
    assert next_commander(by_slots, ADA) == "cy"
    assert next_commander(replace(without_commander(), rota=Seen(Rota((), {"nap": "ada"}), NOW)), ADA) == ""
