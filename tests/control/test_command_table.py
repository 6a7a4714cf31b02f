from cockpit.control.command_table import COMMAND_TABLE, find_command, refusal_reason
from cockpit.deploy.plan import CommandRequest
from cockpit.rules import decisions
from tests.scenario import Scenario


def test_no_two_commands_share_a_verb_or_a_key() -> None:
    keys = [command.key for command in COMMAND_TABLE if command.key]
    assert len({command.verb for command in COMMAND_TABLE}) == len(COMMAND_TABLE)
    assert len(set(keys)) == len(keys)
    assert {command.verb for command in COMMAND_TABLE if not command.key} == {"handoff", "note"}, (
        "the handoff page offers them"
    )


def test_every_command_has_a_help_sentence() -> None:
    for command in COMMAND_TABLE:
        assert command.help.endswith("."), command.verb
        assert len(command.help) < 120


def test_every_refusal_is_a_lower_case_sentence() -> None:
    for scenario in (Scenario(), Scenario().installed(), Scenario().at_staging(), Scenario().at(3)):
        for command in COMMAND_TABLE:
            reason = refusal_reason(command, scenario.snapshot, CommandRequest("a@b"))
            assert not reason or (reason[0].islower() or reason[0] in "#2"), reason
            assert not reason.endswith(".")


def test_a_command_is_found_by_its_verb() -> None:
    assert find_command("rollback").rule is decisions.roll_back
