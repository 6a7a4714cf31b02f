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
from cockpit.rules.commander.deadman import DeadmanHold, dead_mans_hold, words
from tests.paper import ADA, POLICY, Paper

BOB = "bob@desk"
WITH_ROTA = put(POLICY, rota=Rota((ADA, BOB)))


def left(sign: Sign = Sign.SITTING, silent: float = 61.0, holder: str = "", person: str = ADA) -> Paper:
    """A release at canary whose commander gave the last sign of life so many seconds ago, and none has the conn now."""
    paper = Paper(WITH_ROTA).at(2)
    seen = Presence(person, paper.snapshot.now, sign)
    paper.wait(silent)
    commander = Holder(holder, paper.snapshot.now if holder else 0.0, 7)
    now = paper.snapshot.now
    paper.snapshot = replace(paper.snapshot, presence=Seen(seen, now), commander=Seen(commander, now))
    return paper


def held(paper: Paper) -> DeadmanHold:
    hold = dead_mans_hold(paper.snapshot)
    assert hold is not None
    return hold


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (Sign.SITTING, "ada@desk lost for 61 s"),
        (Sign.LOST, "ada@desk lost for 61 s"),
        (Sign.LEFT, "ada@desk left 61 s ago and nobody has the conn"),
    ],
)
def test_a_release_whose_commander_is_gone_is_held_with_the_reason_and_the_next_is_named(sign: Sign, why: str) -> None:
    paper = left(sign)
    hold = held(paper)
    assert hold.why == why
    first, second = hold.plan.steps
    assert isinstance(first, AppendEvent)
    assert isinstance(second, AppendEvent)
    assert first.what == Held()
    assert second.what == CommanderLost(ADA, BOB, paper.snapshot.now - 61, sign)
    paper.perform(hold.plan, CommandRequest("engine", hold.why))
    assert paper.release.held is not None
    assert (paper.release.held.by, paper.release.held.why) == ("engine", why)
    assert dead_mans_hold(paper.snapshot) is None


def test_somebody_who_was_given_the_conn_and_never_came_is_missed_too() -> None:
    assert held(left(Sign.GIVEN, 301, person=BOB)).why == "bob@desk was given the conn 5 min ago and did not come"


@pytest.mark.parametrize(
    "paper",
    [
        left(silent=59),
        left(holder=ADA),
        left(holder=BOB),
        left(Sign.SHELL, 3600),
    ],
    ids=["not long enough", "back again", "another has it", "a commander in a shell sits nowhere"],
)
def test_it_is_left_alone_where_somebody_watches_or_nobody_is_missed(paper: Paper) -> None:
    assert dead_mans_hold(paper.snapshot) is None


def test_nobody_is_missed_where_nobody_ever_sat_where_it_is_off_and_while_the_conn_is_not_known() -> None:
    snapshot = left().snapshot
    assert dead_mans_hold(replace(snapshot, presence=Seen(None))) is None
    off = put(WITH_ROTA, commander=CommanderPolicy(deadman=0.0))
    assert dead_mans_hold(replace(snapshot, policy=off)) is None
    assert dead_mans_hold(replace(snapshot, commander=Seen(Holder()))) is None, "the engine has not read it yet"
    unknown = Seen(Holder(), snapshot.now, "consul does not answer")
    assert dead_mans_hold(replace(snapshot, commander=unknown)) is None


def test_a_release_that_is_held_rolled_back_or_closed_is_not_held_again() -> None:
    for verb in (decisions.hold, decisions.roll_back, decisions.abandon):
        paper = left()
        paper.give(verb)
        assert dead_mans_hold(paper.snapshot) is None


def test_once_somebody_has_resumed_there_is_no_second_hold_for_the_same_loss() -> None:
    paper = left()
    hold = held(paper)
    paper.perform(hold.plan, CommandRequest("engine", hold.why))
    paper.give(decisions.resume)
    paper.wait(3600)
    assert dead_mans_hold(paper.snapshot) is None


def test_who_sits_down_after_a_loss_and_is_lost_is_another_loss() -> None:
    paper = left()
    hold = held(paper)
    paper.perform(hold.plan, CommandRequest("engine", hold.why))
    paper.give(decisions.resume)
    paper.wait(100)
    again = Presence(BOB, paper.snapshot.now, Sign.SITTING)
    paper.wait(61)
    paper.snapshot = replace(paper.snapshot, presence=Seen(again, paper.snapshot.now))
    assert held(paper).why == "bob@desk lost for 61 s"


def test_a_verb_after_the_loss_shows_that_somebody_is_there_and_what_happens_by_itself_does_not() -> None:
    paper = left()
    paper.tell(HostFailed("production-1", "b", "disk full"))
    paper.perform(decisions.record_fact(paper.snapshot, paper.release, Noted("looks odd")), CommandRequest("eve@desk"))
    assert dead_mans_hold(paper.snapshot) is not None
    paper.judged(Call.GO)
    paper.give(decisions.advance)
    paper.wait(3600)
    assert dead_mans_hold(paper.snapshot) is None


def test_the_last_command_before_a_screen_was_lost_is_no_sign_that_somebody_is_there() -> None:
    paper = Paper(WITH_ROTA).at(2)
    seen = Presence(ADA, paper.snapshot.now, Sign.SITTING)
    paper.wait(4)
    paper.judged(Call.GO)
    paper.give(decisions.advance)  # given by that screen, which says that it lives every 5 s
    paper.wait(61)
    now = paper.snapshot.now
    paper.snapshot = replace(paper.snapshot, presence=Seen(seen, now), commander=Seen(Holder(version=7), now))
    assert held(paper).why == "ada@desk lost for 65 s"


def test_who_left_before_a_release_was_opened_in_a_shell_is_not_missed_in_it() -> None:
    paper = Paper(WITH_ROTA).installed()
    seen = Presence(ADA, paper.snapshot.now, Sign.LEFT)
    paper.wait(30)
    paper.give(decisions.start)
    assert isinstance(paper.release.events[0].what, Started)
    paper.wait(600)
    now = paper.snapshot.now
    paper.snapshot = replace(paper.snapshot, presence=Seen(seen, now), commander=Seen(Holder(version=7), now))
    assert dead_mans_hold(paper.snapshot) is None


def test_it_stops_the_autopilot() -> None:
    paper = Paper(WITH_ROTA).at(2)
    paper.give(autopilot.switch, mode="advance")
    seen = Presence(ADA, paper.snapshot.now, Sign.LEFT)
    paper.wait(61)
    now = paper.snapshot.now
    paper.snapshot = replace(paper.snapshot, presence=Seen(seen, now), commander=Seen(Holder(version=7), now))
    paper.judged(Call.GO)
    assert isinstance(next_work(paper.snapshot), TakeStep)
    hold = held(paper)
    paper.perform(hold.plan, CommandRequest("engine", hold.why))
    assert next_work(paper.snapshot) is None


def test_a_rota_without_anybody_else_names_nobody() -> None:
    paper = left()
    paper.snapshot = replace(paper.snapshot, policy=put(POLICY, rota=Rota(("ada",))))
    record = held(paper).plan.steps[1]
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommanderLost)
    assert record.what.following == ""
    assert words(record.what, paper.snapshot.now) == "ada@desk lost for 61 s"


def test_the_next_is_named_by_the_rota_that_was_read_not_by_the_config_alone() -> None:
    paper = left()
    paper.snapshot = replace(paper.snapshot, rota=Seen(Rota((ADA, "cy@desk")), paper.snapshot.now))
    record = held(paper).plan.steps[1]
    assert isinstance(record, AppendEvent)
    assert isinstance(record.what, CommanderLost)
    assert record.what.following == "cy@desk"
