"""When a release counts as left alone, as a table: who was there, what was done since, and whether it is held."""

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


def left(sign: Sign = Sign.PRESENT, silent: float = 61.0, holder: str = "", person: str = ADA) -> Scenario:
    """A release at canary whose commander gave the last sign of life so many seconds ago, and none has the conn now."""
    scenario = Scenario(WITH_ROTA).at(2)
    seen = Presence(person, scenario.snapshot.now, sign)
    scenario.wait(silent)
    commander = Holder(holder, scenario.snapshot.now if holder else 0.0, 7)
    now = scenario.snapshot.now
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(seen, now), commander=Seen(commander, now))
    return scenario


def held(scenario: Scenario) -> DeadmanHold:
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
def test_a_release_whose_commander_is_gone_is_held_with_the_reason_and_the_next_is_named(sign: Sign, why: str) -> None:
    scenario = left(sign)
    hold = held(scenario)
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


def test_somebody_who_was_given_the_conn_and_never_came_is_missed_too() -> None:
    assert held(left(Sign.ASSIGNED, 301, person=BOB)).why == "bob@desk became the commander 5 min ago and did not come"


@pytest.mark.parametrize(
    "scenario",
    [
        left(silent=59),
        left(holder=ADA),
        left(holder=BOB),
        left(Sign.SHELL, 3600),
    ],
    ids=["not long enough", "back again", "another has it", "a commander in a shell sits nowhere"],
)
def test_it_is_left_alone_where_somebody_watches_or_nobody_is_missed(scenario: Scenario) -> None:
    assert deadman_hold(scenario.snapshot) is None


def test_nobody_is_missed_where_nobody_ever_sat_where_it_is_off_and_while_the_conn_is_not_known() -> None:
    snapshot = left().snapshot
    assert deadman_hold(replace(snapshot, presence=Seen(None))) is None
    off = put(WITH_ROTA, commander=CommanderPolicy(deadman=0.0))
    assert deadman_hold(replace(snapshot, policy=off)) is None
    assert deadman_hold(replace(snapshot, commander=Seen(Holder()))) is None, "the engine has not read it yet"
    unknown = Seen(Holder(), snapshot.now, "consul does not answer")
    assert deadman_hold(replace(snapshot, commander=unknown)) is None


def test_a_release_that_is_held_rolled_back_or_closed_is_not_held_again() -> None:
    for verb in (decisions.hold, decisions.roll_back, decisions.abandon):
        scenario = left()
        scenario.run(verb)
        assert deadman_hold(scenario.snapshot) is None


def test_once_somebody_has_resumed_there_is_no_second_hold_for_the_same_loss() -> None:
    scenario = left()
    hold = held(scenario)
    scenario.perform(hold.plan, CommandRequest("engine", hold.why))
    scenario.run(decisions.resume)
    scenario.wait(3600)
    assert deadman_hold(scenario.snapshot) is None


def test_who_sits_down_after_a_loss_and_is_lost_is_another_loss() -> None:
    scenario = left()
    hold = held(scenario)
    scenario.perform(hold.plan, CommandRequest("engine", hold.why))
    scenario.run(decisions.resume)
    scenario.wait(100)
    again = Presence(BOB, scenario.snapshot.now, Sign.PRESENT)
    scenario.wait(61)
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(again, scenario.snapshot.now))
    assert held(scenario).why == "bob@desk lost for 61 s"


def test_a_verb_after_the_loss_shows_that_somebody_is_there_and_what_happens_by_itself_does_not() -> None:
    scenario = left()
    scenario.append(HostFailed("production-1", "b", "disk full"))
    scenario.perform(
        decisions.record_fact(scenario.snapshot, scenario.release, Noted("looks odd")), CommandRequest("eve@desk")
    )
    assert deadman_hold(scenario.snapshot) is not None
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    scenario.wait(3600)
    assert deadman_hold(scenario.snapshot) is None


def test_the_last_command_before_a_screen_was_lost_is_no_sign_that_somebody_is_there() -> None:
    scenario = Scenario(WITH_ROTA).at(2)
    seen = Presence(ADA, scenario.snapshot.now, Sign.PRESENT)
    scenario.wait(4)
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)  # given by that screen, which says that it lives every 5 s
    scenario.wait(61)
    now = scenario.snapshot.now
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(seen, now), commander=Seen(Holder(version=7), now))
    assert held(scenario).why == "ada@desk lost for 65 s"


def test_who_left_before_a_release_was_opened_in_a_shell_is_not_missed_in_it() -> None:
    scenario = Scenario(WITH_ROTA).installed()
    seen = Presence(ADA, scenario.snapshot.now, Sign.LEFT)
    scenario.wait(30)
    scenario.run(decisions.start)
    assert isinstance(scenario.release.events[0].what, Started)
    scenario.wait(600)
    now = scenario.snapshot.now
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(seen, now), commander=Seen(Holder(version=7), now))
    assert deadman_hold(scenario.snapshot) is None


def test_it_stops_the_autopilot() -> None:
    scenario = Scenario(WITH_ROTA).at(2)
    scenario.run(autopilot.set_autopilot, mode="advance")
    seen = Presence(ADA, scenario.snapshot.now, Sign.LEFT)
    scenario.wait(61)
    now = scenario.snapshot.now
    scenario.snapshot = replace(scenario.snapshot, presence=Seen(seen, now), commander=Seen(Holder(version=7), now))
    scenario.judge(Call.GO)
    assert isinstance(next_work(scenario.snapshot), TakeStep)
    hold = held(scenario)
    scenario.perform(hold.plan, CommandRequest("engine", hold.why))
    assert next_work(scenario.snapshot) is None


def test_a_rota_without_anybody_else_names_nobody() -> None:
    scenario = left()
    scenario.snapshot = replace(scenario.snapshot, policy=put(POLICY, rota=Rota(("ada",))))
    record = held(scenario).plan.steps[1]
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommanderLost)
    assert record.what.successor == ""
    assert loss_text(record.what, scenario.snapshot.now) == "ada@desk lost for 61 s"


def test_the_next_is_named_by_the_rota_that_was_read_not_by_the_config_alone() -> None:
    scenario = left()
    scenario.snapshot = replace(scenario.snapshot, rota=Seen(Rota((ADA, "cy@desk")), scenario.snapshot.now))
    record = held(scenario).plan.steps[1]
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommanderLost)
    assert record.what.successor == "cy@desk"
