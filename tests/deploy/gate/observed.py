"""Observations for the tests of the gate."""

from typing import Any

from cockpit.deploy.gate.findings import Findings, evaluate
from cockpit.deploy.gate.observation import Observation, Poll, add_poll, begin_step
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.policy import GatePolicy

POLICY = GatePolicy(ceiling=0.02, least_requests=100, fresh=60)
DT = 5.0
CALM = CountPair(1000, 4, 49_000, 196)


def observed(
    *pairs: CountPair | None, past: CountPair | None = CALM, controlled: bool = True, **poll: Any
) -> Observation:
    """An observation of an hour of clean history and a step with these samples, five seconds apart."""
    observation = Observation()
    for minute in range(-60, 0):
        observation = add_poll(observation, Poll(60.0 * minute, past, controlled), POLICY)
    observation = begin_step(observation, 0.0, POLICY)
    for k, pair in enumerate(pairs, 1):
        observation = add_poll(observation, Poll(DT * k, pair, controlled, got=float(pair is not None), **poll), POLICY)
    return observation


def findings_of(observation: Observation, late: float = 0.0) -> Findings:
    """The findings `late` seconds after the last poll."""
    return evaluate(observation, (observation.last_poll_at or 0.0) + late, DT, POLICY)
