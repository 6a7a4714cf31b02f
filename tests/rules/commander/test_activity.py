"""Which events show that a person commands, and that one is there."""

import pytest

from cockpit.deploy.events import Event
from cockpit.deploy.facts import AnyFact, Call, CommandTaken, HandedOver, HandoffRead, Held, Judged, Noted, RolledBack
from cockpit.rules.commander.activity import is_command, shows_presence
from tests.scenario import ADA


def event(by: str, fact: AnyFact) -> Event:
    return Event(1, 0.0, by, "", fact, "")


def test_a_person_has_a_host_in_their_name() -> None:
    assert event(ADA, Held()).by_person
    assert not event("engine", Held()).by_person
    assert not event("autopilot", Held()).by_person


@pytest.mark.parametrize(
    ("fact", "command", "presence"),
    [
        (Held(), True, True),
        (RolledBack("b", ()), True, True),
        (HandoffRead(ADA), True, True),
        (CommandTaken(ADA, ""), False, True),
        (HandedOver(ADA), False, True),
        (Noted("n"), False, False),
        (Judged(0, "b", Call.GO, "fine"), False, False),
    ],
)
def test_a_command_is_told_from_a_take_over_and_a_note(fact: AnyFact, command: bool, presence: bool) -> None:
    assert is_command(event(ADA, fact)) is command
    assert shows_presence(event(ADA, fact)) is presence
    assert not is_command(event("engine", fact))
    assert not shows_presence(event("engine", fact))
