"""Each alarm rings once."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, CommanderLost, Regressed
from cockpit.deploy.locks import Holder
from cockpit.deploy.release_fold import apply
from cockpit.deploy.snapshot import Judgement, Seen, Snapshot
from cockpit.rules import decisions
from cockpit.tui.alarms import Alarms
from tests.builders import NOW, at_canary, hold_at_dogfood
from tests.scenario import Scenario, build

ADA, BOB = "ada@box", "bob@box"


def messages(alarms: Alarms, snapshot: Snapshot, commands: bool = True) -> list[str]:
    return [alarm.message for alarm in alarms.new_alarms(snapshot, commands)]


def lost(snapshot: Snapshot, successor: str, since: float = NOW - 60) -> Snapshot:
    """Append the event of a lost commander to the log."""
    log = snapshot.log.value
    newest = log.releases[-1]
    fact = CommanderLost(ADA, successor, since)
    extended = apply(newest, Event(newest.last_number + 1, NOW, "engine", "ada@box lost for 60 s", fact, "p"))
    return replace(snapshot, log=Seen(replace(log, releases=(*log.releases[:-1], extended)), NOW))


def with_call(snapshot: Snapshot, call: Call) -> Snapshot:
    judgement = snapshot.judgement.value
    assert isinstance(judgement, Judgement)
    changed = put(judgement, verdict=put(judgement.verdict, call=call, reason="twice the errors"))
    return replace(snapshot, judgement=Seen(changed, NOW))


def test_a_verdict_rings_when_it_turns_and_again_only_when_it_turns_again() -> None:
    alarms, calm = Alarms(ADA), at_canary()
    assert messages(alarms, calm) == []
    held = with_call(calm, Call.HOLD)
    assert messages(alarms, held) == ["2026-11-23.3 HOLD: twice the errors"]
    assert messages(alarms, held) == []
    assert messages(alarms, with_call(calm, Call.ROLL_BACK)) == ["2026-11-23.3 ROLL BACK: twice the errors"]
    assert messages(alarms, calm) == []
    assert len(messages(alarms, held)) == 1


def test_an_alarm_from_before_the_screen_opened_does_not_ring() -> None:
    assert messages(Alarms(ADA), hold_at_dogfood()) == []
    assert messages(Alarms(BOB), lost(at_canary(), BOB)) == []
    for snapshot in (hold_at_dogfood(), lost(at_canary(), BOB)):
        alarms = Alarms(BOB)
        assert messages(alarms, Snapshot(snapshot.policy, NOW)) == [], "the first frame, before the store is read"
        assert messages(alarms, snapshot) == []


def test_a_lost_commander_rings_once_for_the_successor_alone() -> None:
    for user, commands, rings in ((BOB, True, True), (BOB, False, True), ("eve@box", True, False), (ADA, True, False)):
        alarms = Alarms(user)
        assert messages(alarms, at_canary(), commands) == []
        after_loss = lost(at_canary(), "bob")
        message = "2026-11-23.3 is held, ada@box is lost: you are next, take over"
        assert messages(alarms, after_loss, commands) == ([message] if rings else []), user
        assert messages(alarms, after_loss, commands) == []
        assert len(messages(alarms, lost(after_loss, "bob", NOW), commands)) == rings


def test_without_a_successor_every_screen_with_commands_rings() -> None:
    for commands in (True, False):
        alarms = Alarms("eve@box")
        messages(alarms, at_canary(), commands)
        assert bool(messages(alarms, lost(at_canary(), ""), commands)) is commands


def test_a_change_of_commander_rings() -> None:
    alarms = Alarms(ADA)
    own, other = (replace(at_canary(), commander=Seen(Holder(name, NOW, 3), NOW)) for name in (ADA, BOB))
    assert messages(alarms, own) == []
    assert messages(alarms, other) == ["bob@box is the commander now: your screen is read-only"]
    assert messages(alarms, other) == []
    assert messages(alarms, own) == ["you are the commander now"]


def test_a_finished_release_that_turns_bad_rings_once() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    alarms = Alarms(ADA)
    assert messages(alarms, scenario.snapshot) == []
    scenario.append(Regressed(scenario.release.id, build(2).id, "canary", Call.HOLD, "canary 2.00 %"))
    words = "2026-11-22.2 turned bad after it finished: HOLD: canary 2.00 %"
    assert messages(alarms, scenario.snapshot) == [words]
    assert messages(alarms, scenario.snapshot) == []
    assert messages(Alarms(ADA), scenario.snapshot) == []
