"""When an open release has lost its commander and is held."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.facts import Call, CommanderLost, Held, HostFailed, Noted, Started
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import AppendEvent, CommandRequest
from cockpit.deploy.policy import CommanderPolicy
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Seen
from cockpit.engine.next_work import TakeStep, next_work
from cockpit.rules import autopilot, decisions
from cockpit.rules.commander.deadman import DeadmanHold, deadman_hold, loss_text
from tests.scenario import ADA, POLICY, Scenario

BOB = "bob@desk"
WITH_ROTA = put(POLICY, rota=Rota((ADA, BOB)))


def abandoned_for(sign: Sign = Sign.PRESENT, silent: float = 61.0, holder: str = "", person: str = ADA) -> Scenario:
    """A release at canary without a commander, `silent` seconds after the last heartbeat of `person`."""
    scenario = Scenario(WITH_ROTA).at(2)
    last_seen = Presence(person, scenario.snapshot.now, sign)
    scenario.wait(silent)
    commander = Holder(holder, scenario.snapshot.now if holder else 0.0, 7)
    now = scenario.snapshot.now
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(last_seen, now), commander=Seen(commander, now))
    return scenario


def hold_of(scenario: Scenario) -> DeadmanHold:
    hold = deadman_hold(scenario.snapshot)
    assert hold is not None
    return hold


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (Sign.PRESENT, "ada@desk lost for 61 s"),
        (Sign.LOST, "ada@desk lost for 61 s"),
        (Sign.LEFT, "ada@desk left 61 s ago and there is no commander"),
    ],
)
def test_a_release_without_its_commander_is_held_and_names_the_successor(sign: Sign, why: str) -> None:
    scenario = abandoned_for(sign)
    hold = hold_of(scenario)
    assert hold.why == why
    first, second = hold.plan.steps
    assert isinstance(first, AppendEvent)
    assert isinstance(second, AppendEvent)
    assert first.what == Held()
    assert second.what == CommanderLost(ADA, BOB, scenario.snapshot.now - 61, sign)
    scenario.perform(hold.plan, CommandRequest("engine", hold.why))
    assert scenario.release.held is not None
    assert (scenario.release.held.by, scenario.release.held.why) == ("engine", why)
    assert deadman_hold(scenario.snapshot) is None


def test_a_successor_who_never_came_counts_as_lost() -> None:
    scenario = abandoned_for(Sign.ASSIGNED, 301, person=BOB)
    assert hold_of(scenario).why == "bob@desk became the commander 5 min ago and did not come"


@pytest.mark.parametrize(
    "scenario",
    [
        abandoned_for(silent=59),
        abandoned_for(holder=ADA),
        abandoned_for(holder=BOB),
        abandoned_for(Sign.SHELL, 3600),
    ],
    ids=["not long enough", "back again", "another commander", "a shell has no screen"],
)
def test_there_is_no_hold_while_a_commander_watches_or_none_is_missing(scenario: Scenario) -> None:
    assert deadman_hold(scenario.snapshot) is None


def test_there_is_no_hold_without_a_screen_or_a_limit_or_a_known_commander() -> None:
    snapshot = abandoned_for().snapshot
    assert deadman_hold(replace(snapshot, presence=Seen(None))) is None
    off = put(WITH_ROTA, commander=CommanderPolicy(deadman=0.0))
    assert deadman_hold(replace(snapshot, policy=off)) is None
    assert deadman_hold(replace(snapshot, commander=Seen(Holder()))) is None, "the engine has not read it yet"
    unknown = Seen(Holder(), snapshot.now, "consul does not answer")
    assert deadman_hold(replace(snapshot, commander=unknown)) is None


def test_a_release_that_is_held_rolled_back_or_closed_is_not_held_again() -> None:
    for verb in (decisions.hold, decisions.roll_back, decisions.abandon):
        scenario = abandoned_for()
        scenario.run(verb)
        assert deadman_hold(scenario.snapshot) is None


def test_there_is_no_second_hold_for_the_same_loss_after_a_resume() -> None:
    scenario = abandoned_for()
    hold = hold_of(scenario)
    scenario.perform(hold.plan, CommandRequest("engine", hold.why))
    scenario.run(decisions.resume)
    scenario.wait(3600)
    assert deadman_hold(scenario.snapshot) is None


def test_the_loss_of_the_successor_is_another_loss() -> None:
    scenario = abandoned_for()
    hold = hold_of(scenario)
    scenario.perform(hold.plan, CommandRequest("engine", hold.why))
    scenario.run(decisions.resume)
    scenario.wait(100)
    again = Presence(BOB, scenario.snapshot.now, Sign.PRESENT)
    scenario.wait(61)
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(again, scenario.snapshot.now))
    assert hold_of(scenario).why == "bob@desk lost for 61 s"


def test_a_command_after_the_loss_prevents_the_hold_and_an_engine_event_does_not() -> None:
    scenario = abandoned_for()
    scenario.append(HostFailed("production-1", "b", "disk full"))
    scenario.perform(
        decisions.record_fact(scenario.snapshot, scenario.release, Noted("looks odd")), CommandRequest("eve@desk")
    )
    assert deadman_hold(scenario.snapshot) is not None
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    scenario.wait(3600)
    assert deadman_hold(scenario.snapshot) is None


def test_the_last_command_of_the_lost_screen_does_not_prevent_the_hold() -> None:
    scenario = Scenario(WITH_ROTA).at(2)
    last_seen = Presence(ADA, scenario.snapshot.now, Sign.PRESENT)
    scenario.wait(4)
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)  # given by that screen, which says that it lives every 5 s
    scenario.wait(61)
    now = scenario.snapshot.now
    scenario.snapshot = replace(
        scenario.snapshot, presence=Seen(last_seen, now), commander=Seen(Holder(version=7), now)
    )
    assert hold_of(scenario).why == "ada@desk lost for 65 s"


def test_a_commander_who_left_before_the_release_started_is_not_lost() -> None:
    scenario = Scenario(WITH_ROTA).installed()
    last_seen = Presence(ADA, scenario.snapshot.now, Sign.LEFT)
    scenario.wait(30)
    scenario.run(decisions.start)
    assert isinstance(scenario.release.events[0].what, Started)
    scenario.wait(600)
    now = scenario.snapshot.now
    scenario.snapshot = replace(
        scenario.snapshot, presence=Seen(last_seen, now), commander=Seen(Holder(version=7), now)
    )
    assert deadman_hold(scenario.snapshot) is None


def test_the_hold_stops_the_autopilot() -> None:
    scenario = Scenario(WITH_ROTA).at(2)
    scenario.run(autopilot.set_autopilot, mode="advance")
    last_seen = Presence(ADA, scenario.snapshot.now, Sign.LEFT)
    scenario.wait(61)
    now = scenario.snapshot.now
    scenario.snapshot = replace(
        scenario.snapshot, presence=Seen(last_seen, now), commander=Seen(Holder(version=7), now)
    )
    scenario.judge(Call.GO)
    assert isinstance(next_work(scenario.snapshot), TakeStep)
    hold = hold_of(scenario)
    scenario.perform(hold.plan, CommandRequest("engine", hold.why))
    assert next_work(scenario.snapshot) is None


def test_a_rota_without_another_person_names_no_successor() -> None:
    scenario = abandoned_for()
    scenario.snapshot = replace(scenario.snapshot, policy=put(POLICY, rota=Rota(("ada",))))
    record = hold_of(scenario).plan.steps[1]
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommanderLost)
    assert (record.what.successor, record.summary) == ("", "notify the next commander")
    assert loss_text(record.what, scenario.snapshot.now) == "ada@desk lost for 61 s"


def test_the_successor_comes_from_the_current_rota_and_not_from_the_config() -> None:
    scenario = abandoned_for()
    scenario.snapshot = replace(scenario.snapshot, rota=Seen(Rota((ADA, "cy@desk")), scenario.snapshot.now))
    record = hold_of(scenario).plan.steps[1]
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommanderLost)
    assert (record.what.successor, record.summary) == ("cy@desk", "notify cy@desk")
