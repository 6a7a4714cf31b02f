"""The order of turns, who may leave, and what is passed over; and the bound over random orders of events."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.hosts.turns import (
    Leave,
    Place,
    Turn,
    TurnRules,
    TurnSighting,
    Wait,
    in_order,
    is_over,
    may_leave,
)

DEADLINE, SILENT = 100.0, 10.0
RULES = TurnRules(most_out=2, deadline=DEADLINE, silent_after=SILENT)
ROLLBACK = replace(RULES, rollback=True)
PLACES = tuple(Place(f"web-{n}", n, Turn(7, 50.0)) for n in range(1, 6))


def status(state: HostState = HostState.DRAINING, at: float = 60.0, out: bool = True, stuck: bool = False) -> Status:
    return Status("web-1", "production", state, at, at, out=out, stuck=stuck)


def decision(host: str, observed: dict[Place, TurnSighting] | None = None, rules: TurnRules = RULES) -> Leave | Wait:
    return may_leave(PLACES, host, rules, observed or {}, 0.0, 60.0)


def test_places_are_ordered_by_their_version_in_the_store() -> None:
    assert in_order(reversed(PLACES)) == PLACES


def test_as_many_hosts_leave_as_the_bound_allows_and_the_others_wait_for_them() -> None:
    assert [decision(f"web-{n}") for n in (1, 2)] == [Leave(), Leave()]
    assert decision("web-3") == Wait(PLACES[:2])
    assert decision("web-5") == Wait(PLACES[:2], more=2)


def test_a_host_without_a_turn_waits_and_without_a_bound_all_leave() -> None:
    assert decision("web-9") == Wait(PLACES[:2], more=3)
    assert may_leave((), "web-9", RULES, {}, 0.0, 0.0) == Wait(())
    assert decision("web-9", rules=replace(RULES, most_out=0)) == Leave()


def test_a_turn_that_is_over_makes_room_for_one_host() -> None:
    back = {PLACES[1]: TurnSighting(0.0, status(HostState.SERVING, out=False))}
    assert decision("web-3", back) == Leave()
    assert decision("web-4", back) == Wait((PLACES[0], PLACES[2]))


@pytest.mark.parametrize(
    ("seen", "forward", "rollback"),
    [
        (None, False, False),  # no status is read yet
        (status(), False, False),
        (status(HostState.PREPARED, out=False), False, False),
        (status(HostState.SERVING, out=False), True, True),
        (status(HostState.FAILED, out=False), True, True),  # back on the old build
        (status(HostState.SERVING, at=50.0, out=False), False, False),  # older than the turn
        (status(HostState.SERVING, out=True), False, False),
        (status(HostState.FAILED), False, True),
        (status(HostState.REVERTING, stuck=True), False, True),
        (status(HostState.REVERTING), False, False),
        (status(at=49.0), False, True),  # silent for more than 10 s
        (status(HostState.FAILED, at=49.0), False, True),
    ],
)
def test_what_a_turn_is_while_its_host_has_time(seen: Status | None, forward: bool, rollback: bool) -> None:
    observation = TurnSighting(0.0, seen)
    assert is_over(PLACES[0], observation, RULES, 5.0, 60.0) is forward
    assert is_over(PLACES[0], observation, ROLLBACK, 5.0, 60.0) is rollback


@pytest.mark.parametrize("seen", [None, status(), status(HostState.PREPARED, out=False), status(at=49.0)])
def test_a_turn_is_passed_over_after_the_deadline(seen: Status | None) -> None:
    for rules in (RULES, ROLLBACK):
        assert is_over(PLACES[0], TurnSighting(0.0, seen), rules, DEADLINE + 1, 60.0)


@pytest.mark.parametrize("state", [HostState.FAILED, HostState.REVERTING])
def test_a_host_that_failed_and_stays_out_is_waited_for_until_it_is_silent_too(state: HostState) -> None:
    failed = TurnSighting(0.0, status(state))
    assert not is_over(PLACES[0], failed, RULES, 10 * DEADLINE, 60.0)
    assert is_over(PLACES[0], failed, RULES, 10 * DEADLINE, 90.0)
    assert is_over(PLACES[0], failed, ROLLBACK, 10 * DEADLINE, 60.0)


def test_without_any_status_a_rollback_waits_as_long_as_for_a_silent_host() -> None:
    assert is_over(PLACES[0], TurnSighting(0.0), ROLLBACK, SILENT + 1, 60.0)
    assert not is_over(PLACES[0], TurnSighting(0.0), RULES, SILENT + 1, 60.0)


# A fleet of agents over one store. Each keeps to the protocol of `agent.turns` and is advanced one step at a time, in
# any order: it writes its turn, lists the turns, looks at the statuses of others, leaves, comes back, removes its turn,
# and may be restarted in between.

SWAP = 30.0
"""Seconds after which a host of the fleet comes back, unless it lies."""
LONGEST_WAIT = 30
"""Seconds between two looks at that."""


@dataclass
class Agent:
    """One agent and its host."""

    host: str
    lies: bool = False
    serial: int = 0
    """The target that it obeyed last."""
    out: bool = False
    left: float = 0.0
    """When it went out last."""
    needs: bool = False
    """Whether it still has to swap for its target."""
    asked: int = 0
    """The serial of its turn, as this process of the agent knows it."""
    last: float = 0.0
    """When it asked last."""
    places: tuple[Place, ...] = ()
    observed: dict[Place, TurnSighting] = field(default_factory=dict)
    swaps: int = 0

    def restart(self) -> None:
        self.asked, self.places, self.observed = 0, (), {}


@dataclass
class Fleet:
    """The hosts, their store and the time."""

    agents: tuple[Agent, ...]
    bound: int
    rollback: bool = False
    serial: int = 0
    version: int = 0
    now: float = 1000.0
    turns: dict[str, Place] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    most_out: int = 0

    @property
    def rules(self) -> TurnRules:
        return TurnRules(self.bound, DEADLINE, SILENT, self.rollback)

    def tell(self, rollback: bool) -> None:
        """A new target, which every host has to swap for."""
        self.serial, self.rollback = self.serial + 1, rollback

    def step(self, agent: Agent) -> None:
        """One step of the agent."""
        if agent.serial != self.serial:  # it sees the target; a host that is out for the last one has to go on
            agent.serial, agent.needs = self.serial, True
        elif agent.out and not agent.lies:
            agent.out, agent.needs, agent.swaps = False, False, agent.swaps + 1
        elif not agent.needs:
            self.turns.pop(agent.host, None)
            agent.restart()
        elif agent.asked != self.serial or self.now - agent.last > SILENT:
            self.version += 1
            self.turns[agent.host] = Place(agent.host, self.version, Turn(self.serial, self.now))
            agent.asked, agent.last, agent.places, agent.observed = self.serial, self.now, (), {}
        elif not agent.places:
            agent.places = in_order(self.turns.values())
        else:
            self.ask(agent)

    def ask(self, agent: Agent) -> None:
        agent.last = self.now
        decided = may_leave(agent.places, agent.host, self.rules, agent.observed, self.now, self.now)
        if isinstance(decided, Leave):
            agent.out, agent.left, agent.places = True, self.now, ()
            self.most_out = max(self.most_out, sum(one.out and not one.lies for one in self.agents))
            return
        for place in decided.after:
            seen = agent.observed.get(place, TurnSighting(self.now))
            agent.observed[place] = replace(seen, status=self.statuses.get(place.host))

    def report(self, agent: Agent) -> None:
        state = HostState.DRAINING if agent.out else HostState.PREPARED if agent.needs else HostState.SERVING
        status = Status(agent.host, "production", state, self.now, self.now, serial=agent.serial, out=agent.out)
        self.statuses[agent.host] = status

    def wait(self, seconds: float) -> None:
        """Time passes: no host stays out for longer than it may, and every agent reports."""
        self.now += seconds
        for agent in self.agents:
            if agent.out and not agent.lies and self.now - agent.left > SWAP:
                self.step(agent)
            self.report(agent)

    def settle(self) -> None:
        """Every agent goes on until no honest host has to swap any more."""
        for _ in range(2000):
            if not any(agent.needs or agent.serial < self.serial for agent in self.agents if not agent.lies):
                return
            for agent in self.agents:
                self.step(agent)
                if not agent.out:
                    agent.places = agent.places and in_order(self.turns.values())
            self.wait(1.0)
        pytest.fail(f"waits for ever: {[a for a in self.agents if a.needs]}")


Step = tuple[str, int, int, bool]
"""A kind of event, the number of an agent, seconds, and whether a target is a rollback."""
STEPS = st.lists(
    st.tuples(st.sampled_from("sssssrrlwwtkff"), st.integers(0, 7), st.integers(1, LONGEST_WAIT), st.booleans()),
    min_size=30,
    max_size=120,
)


def play(fleet: Fleet, steps: list[Step]) -> None:
    fleet.tell(rollback=False)
    for kind, number, seconds, rollback in steps:
        agent = fleet.agents[number % len(fleet.agents)]
        match kind:
            case "s":
                fleet.step(agent)
            case "r":
                fleet.report(agent)
            case "l" if agent.asked and not agent.out:
                agent.places = in_order(fleet.turns.values())
            case "w":
                fleet.wait(seconds)
            case "k":
                agent.restart()
            case "t" if seconds < 3:
                fleet.tell(rollback)
            case "f":  # every agent takes a few steps, so that the fleet gets on
                for one in fleet.agents:
                    fleet.step(one)


def assert_bounded(hosts: int, bound: int, steps: list[Step]) -> None:
    fleet = Fleet(tuple(Agent(f"web-{n}") for n in range(hosts)), bound)
    play(fleet, steps)
    fleet.settle()
    assert 1 <= fleet.most_out <= bound
    assert all(agent.serial == fleet.serial and agent.swaps for agent in fleet.agents)


def assert_all_swap_although_one_lies(hosts: int, bound: int, liar: int, steps: list[Step]) -> None:
    fleet = Fleet(tuple(Agent(f"web-{n}", lies=n == liar % hosts) for n in range(hosts)), bound)
    play(fleet, steps)
    began = fleet.now
    fleet.settle()
    # an honest host takes a second for a step; the one that lies takes one deadline, from when each waits for it
    assert fleet.now - began <= 2 * DEADLINE + 10 * hosts
    assert all(agent.swaps for agent in fleet.agents if not agent.lies)


@settings(max_examples=300, deadline=None)
@given(st.integers(2, 5), st.integers(1, 2), STEPS)
def test_no_more_hosts_are_out_than_the_bound_over_any_order_of_events(
    hosts: int, bound: int, steps: list[Step]
) -> None:
    assert_bounded(hosts, bound, steps)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 8), st.integers(1, 3), st.integers(0, 7), STEPS)
def test_every_host_gets_its_turn_although_one_lies_for_ever(
    hosts: int, bound: int, liar: int, steps: list[Step]
) -> None:
    assert_all_swap_although_one_lies(hosts, bound, liar, steps)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=10_000, deadline=None)
@given(st.integers(2, 8), st.integers(1, 3), st.integers(0, 7), STEPS)
def test_both_hold_over_many_orders_of_events(hosts: int, bound: int, liar: int, steps: list[Step]) -> None:
    assert_bounded(hosts, bound, steps)
    assert_all_swap_although_one_lies(hosts, bound, liar, steps)
