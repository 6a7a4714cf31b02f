"""What rings, and that it rings once."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, CommanderLost
from cockpit.deploy.locks import Holder
from cockpit.deploy.release_fold import apply
from cockpit.deploy.snapshot import Judgement, Seen, Snapshot
from cockpit.tui.alarms import Alarms
from tests.builders import NOW, at_canary, hold_at_dogfood

ADA, BOB = "ada@box", "bob@box"


def words(alarms: Alarms, snapshot: Snapshot, commands: bool = True) -> list[str]:
    return [alarm.message for alarm in alarms.new_alarms(snapshot, commands)]


def lost(snapshot: Snapshot, following: str, since: float = NOW - 60) -> Snapshot:
    """The dead man's event at the end of the log."""
    log = snapshot.log.value
    newest = log.releases[-1]
    fact = CommanderLost(ADA, following, since)
    told = apply(newest, Event(newest.last_number + 1, NOW, "engine", "ada@box lost for 60 s", fact, "p"))
    return replace(snapshot, log=Seen(replace(log, releases=(*log.releases[:-1], told)), NOW))


def called(snapshot: Snapshot, call: Call) -> Snapshot:
    said = snapshot.judgement.value
    assert isinstance(said, Judgement)
    turned = put(said, verdict=put(said.verdict, call=call, reason="twice the errors"))
    return replace(snapshot, judgement=Seen(turned, NOW))


def test_a_verdict_rings_when_it_turns_and_again_only_when_it_turns_again() -> None:
    alarms, calm = Alarms(ADA), at_canary()
    assert words(alarms, calm) == []
    held = called(calm, Call.HOLD)
    assert words(alarms, held) == ["2026-11-23.3 HOLD: twice the errors"]
    assert words(alarms, held) == []
    assert words(alarms, called(calm, Call.ROLL_BACK)) == ["2026-11-23.3 ROLL BACK: twice the errors"]
    assert words(alarms, calm) == []
    assert len(words(alarms, held)) == 1


def test_what_was_there_on_arrival_does_not_ring() -> None:
    assert words(Alarms(ADA), hold_at_dogfood()) == []
    assert words(Alarms(BOB), lost(at_canary(), BOB)) == []
    for found in (hold_at_dogfood(), lost(at_canary(), BOB)):
        alarms = Alarms(BOB)
        assert words(alarms, Snapshot(found.policy, NOW)) == [], "the first frame, before anything is read"
        assert words(alarms, found) == []


def test_who_is_next_is_rung_for_once_and_nobody_else() -> None:
    for who, commands, rings in ((BOB, True, True), (BOB, False, True), ("eve@box", True, False), (ADA, True, False)):
        alarms = Alarms(who)
        assert words(alarms, at_canary(), commands) == []
        gone = lost(at_canary(), "bob")
        said = "2026-11-23.3 is held, ada@box is lost: you are next, take the conn"
        assert words(alarms, gone, commands) == ([said] if rings else []), who
        assert words(alarms, gone, commands) == []
        assert len(words(alarms, lost(gone, "bob", NOW), commands)) == rings


def test_where_nobody_is_named_everybody_who_can_command_is_rung_for() -> None:
    for commands in (True, False):
        alarms = Alarms("eve@box")
        words(alarms, at_canary(), commands)
        assert bool(words(alarms, lost(at_canary(), ""), commands)) is commands


def test_the_conn_that_comes_or_goes_rings() -> None:
    alarms = Alarms(ADA)
    mine, his = (replace(at_canary(), commander=Seen(Holder(name, NOW, 3), NOW)) for name in (ADA, BOB))
    assert words(alarms, mine) == []
    assert words(alarms, his) == ["bob@box has the conn now: you only read"]
    assert words(alarms, his) == []
    assert words(alarms, mine) == ["you have the conn now"]
