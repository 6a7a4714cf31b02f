"""The findings of an observation at one instant: the evidence, its basis and its gaps, before any verdict."""

from collections import defaultdict
from math import log, sqrt

from msgspec import Struct

from cockpit.deploy.gate.observation import Observation, Poll, current_dispersion
from cockpit.deploy.gate.sequential import CAUTION, NO_COUNTS, NO_WORSE, CountPair
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.policy import GatePolicy

SHARED_WINDOW = 120.0
"""Seconds over which both builds are compared for a shared failure."""
SHARED_FACTOR = 3.0
"""Both error rates must then exceed this multiple of the rate in clean history."""
SHARED_MIN_ERRORS = 20.0
"""The errors of the old build that a shared failure needs."""
IDLE_AFTER = 8.0
"""Seconds without a request that prevent a GO."""
MAX_OUTLIERS = 2
"""The most outlier hosts; with more it is the build."""


class Findings(Struct, frozen=True):
    """Everything that the verdict needs from the counters."""

    worse: float
    """Evidence that the new build is worse than tolerated."""
    not_worse: float
    """Evidence that it is less than `excluded` times as bad."""
    within_points: float
    """Evidence that it is less than `points` above the old build."""
    total: CountPair
    """The counts of this step."""
    clearest: CountPair
    """The counts of the span in which the evidence is clearest."""
    clearest_seconds: float
    """The seconds of that span."""
    baseline_rate: float | None
    """The rate to compare with, 0 to 1: the old build's or that of history; None if there is neither."""
    controlled: bool
    """Whether hosts with the old build exist to compare with."""
    dispersion: float
    history_minutes: int
    """Minutes of clean history."""
    prior: CountPair
    watched: float
    """Seconds since the first usable sample of this step."""
    age: float | None
    """Seconds since the newest usable sample; None if there was none."""
    sample_share: float
    """The share of expected samples that arrived, 0 to 1; the smaller of the last minute's and the last ten's."""
    expected_samples: float
    """How many samples were expected."""
    idle: bool
    """The new build had no request for as long as a sample is fresh."""
    control_idle: bool
    """The old hosts had none for as long, and are needed to compare with."""
    both_failing: bool
    """Old and new hosts fail at the same time."""
    outlier_hosts: tuple[str, ...]
    """Hosts without which there is no evidence against the build."""
    requests_needed: float | None
    """Requests still needed for GO at the present rates; None if no number suffices."""
    request_rate: float
    """Recent requests a second on the new build."""
    newest_usable: bool
    """Whether the newest sample is usable. Only a gap at this moment prevents GO, not one in the past."""
    recently_idle: bool
    """One of the builds had no request in the last seconds."""
    gap: str
    """What the newest sample lacks, as text; empty if nothing."""
    dropped: int

    @property
    def counts(self) -> tuple[Count, Count | None]:
        """(new, old) counts of this step; the old ones are None if no host is there to compare with."""
        new, old = Count(round(self.total.n1), round(self.total.x1)), Count(round(self.total.n0), round(self.total.x0))
        return new, old if self.controlled and self.total.n0 else None

    def over_ceiling(self, policy: GatePolicy) -> bool:
        """Whether the new build's rate is over the ceiling by more than two standard deviations.

        If the rate of clean history is near the ceiling or over it, the ceiling is twice that rate.
        """
        n, x = self.clearest.n1, self.clearest.x1
        ceiling = max(policy.ceiling, 2 * (_usual_rate(self.prior) or 0.0))
        return x - n * ceiling > 2 * sqrt(self.dispersion * max(x, n * ceiling))


def evaluate(observation: Observation, now: float, interval: float, policy: GatePolicy) -> Findings:
    """Evaluate the observation at `now`. Samples come every `interval` seconds."""
    fresh = max(policy.fresh, 2 * interval)
    began = observation.step_began_at if observation.step_began_at is not None else now
    polls = observation.recent
    controlled = polls[-1].controlled if polls else True
    noise = observation.paired if controlled else observation.lone
    prior = noise.total if noise else NO_COUNTS
    last_seconds = _sum(polls, (polls[-1].at if polls else now) - max(0.99 * interval, IDLE_AFTER))
    recent = _sum(polls, (now if observation.last_sample_at is None else observation.last_sample_at) - fresh)
    base = _old_rate(observation.total) if controlled else (prior.x1 / prior.n1 if prior.n1 else None)
    dispersion = current_dispersion(observation, controlled, policy)
    clearest, clearest_seconds = _clearest(observation, now, interval, base, policy)
    worse = observation.bets.worse_evidence
    if observation.routes:
        rest = observation.route_count - len(
            observation.routes
        )  # routes without an error: evidence 1 each, which says nothing
        worse = (
            worse + (sum(bets.worse_evidence for _, bets in observation.routes) + rest) / observation.route_count
        ) / 2
    share, expected = _sample_share(polls, float("-inf"))
    long_enough = (observation.last_sample_at or now) - began >= fresh - interval
    return Findings(
        worse=worse,
        not_worse=observation.bets.not_worse,
        within_points=observation.bets.within_points,
        total=observation.total,
        clearest=clearest,
        clearest_seconds=clearest_seconds,
        baseline_rate=base,
        controlled=controlled,
        dispersion=dispersion,
        history_minutes=noise.minutes if noise else 0,
        prior=prior,
        watched=now - observation.first_sample_at if observation.first_sample_at is not None else 0.0,
        age=now - observation.last_sample_at if observation.last_sample_at is not None else None,
        sample_share=min(share, _sample_share(polls, now - max(60.0, 10 * interval))[0]),
        expected_samples=expected,
        idle=long_enough and not recent.n1,
        control_idle=controlled and long_enough and not recent.n0,
        both_failing=_both_failing(polls, now, prior, controlled, policy),
        outlier_hosts=find_outlier_hosts(observation, dispersion, policy) if worse >= 1 / policy.doubt else (),
        requests_needed=_requests_needed(observation, base, dispersion, policy),
        request_rate=recent.n1 / max(interval, min(fresh, now - began + interval)),
        newest_usable=bool(polls) and polls[-1].pair is not None,
        recently_idle=not last_seconds.n1 or (controlled and not last_seconds.n0),
        gap=polls[-1].gap if polls else "",
        dropped=observation.dropped,
    )


def find_outlier_hosts(observation: Observation, dispersion: float, policy: GatePolicy) -> tuple[str, ...]:
    """The one or two hosts without which the new build is no worse; empty if it is the build.

    Leave-one-out: the other hosts must have enough traffic to show a regression, and not show it.
    """
    whole = _sum(observation.recent, float("-inf"))
    requests: defaultdict[str, float] = defaultdict(float)
    errors: defaultdict[str, float] = defaultdict(float)
    for poll in observation.recent:
        for host, n, x in poll.hosts:
            requests[host] += n
            errors[host] += x
    most = min(MAX_OUTLIERS, (len(requests) - 1) // 2)
    worst = sorted(requests, key=lambda host: errors[host], reverse=True)
    for count in range(1, most + 1):
        out = worst[:count]
        rest = CountPair(
            whole.n1 - sum(requests[h] for h in out), whole.x1 - sum(errors[h] for h in out), whole.n0, whole.x0
        )
        if rest.n1 > 0 and rest.n0 and _is_no_worse(rest, dispersion, policy):
            return tuple(sorted(out))
    return ()


def _is_no_worse(rest: CountPair, dispersion: float, policy: GatePolicy) -> bool:
    total = rest.x1 + rest.x0
    worse = [
        (
            rest.x1 * log(r / policy.excluded)
            - total * log((r * rest.n1 + rest.n0) / (policy.excluded * rest.n1 + rest.n0))
        )
        / dispersion
        for r in NO_WORSE
    ]
    return max(worse) > log(1 / policy.missed)


def _sum(polls: tuple[Poll, ...], since: float) -> CountPair:
    n1 = x1 = n0 = x0 = 0.0
    for poll in reversed(polls):
        if poll.at <= since:
            break
        if (pair := poll.pair) is not None:
            n1, x1, n0, x0 = n1 + pair.n1, x1 + pair.x1, n0 + pair.n0, x0 + pair.x0
    return CountPair(n1, x1, n0, x0)


def _old_rate(pair: CountPair) -> float | None:
    return pair.x0 / pair.n0 if pair.n0 else None


def _sample_share(polls: tuple[Poll, ...], since: float) -> tuple[float, float]:
    """(share of the expected samples that arrived, number expected) after `since`."""
    expected = got = 0.0
    for poll in reversed(polls):
        if poll.at <= since:
            break
        expected += poll.expected
        got += poll.got
    return (min(1.0, got / expected) if expected else 1.0), expected


def _usual_rate(prior: CountPair) -> float | None:
    """The error rate of clean history, both groups together; None without history."""
    requests = prior.n0 + prior.n1
    return (prior.x0 + prior.x1 + 1) / requests if requests else None


def _both_failing(polls: tuple[Poll, ...], now: float, prior: CountPair, controlled: bool, policy: GatePolicy) -> bool:
    if not controlled:
        return False
    last = _sum(polls, now - SHARED_WINDOW)
    if not (last.n1 and last.n0) or last.x0 < SHARED_MIN_ERRORS or last.x1 < policy.least_errors:
        return False
    new, old = last.x1 / last.n1, last.x0 / last.n0
    usual = _usual_rate(prior)
    limit = policy.ceiling if usual is None else max(SHARED_FACTOR * usual, policy.points)
    return min(new, old) > limit and new < policy.excluded * old


def _clearest(
    observation: Observation, now: float, interval: float, base: float | None, policy: GatePolicy
) -> tuple[CountPair, float]:
    """(counts, seconds) of the span of the step in which the new build stands out most."""
    best, clearest = (
        float("-inf"),
        (observation.total, now - observation.first_sample_at if observation.first_sample_at is not None else 0.0),
    )
    for span in (60.0, 300.0, float("inf")):
        if observation.first_sample_at is None or (span < float("inf") and span > now - observation.first_sample_at):
            continue
        pair = observation.total if span == float("inf") else _sum(observation.recent, now - span)
        rate = _old_rate(pair) or base or policy.points / 10
        clear = pair.x1 * log(max(pair.x1, 1e-9) / (pair.n1 * rate)) - pair.x1 + pair.n1 * rate if pair.n1 else 0.0
        if clear >= best:
            best, clearest = clear, (pair, min(span, now - observation.first_sample_at + interval))
    return clearest


def _requests_needed(
    observation: Observation, base: float | None, dispersion: float, policy: GatePolicy
) -> float | None:
    """The smaller number of requests for the two conditions of GO, at the rates so far."""
    total, goal = observation.total, log(1 / policy.missed)
    if base is None or not total.n1:
        return None
    rate = max(total.x1 / total.n1, 0.0)
    low = max(base, policy.points / 10)
    conditions = [
        (goal - log(observation.bets.not_worse), base * (policy.excluded - 1) - rate * log(policy.excluded)),
        (goal - log(observation.bets.within_points), policy.points - rate * log(1 + policy.points / low)),
    ]
    requests = [gap * dispersion * CAUTION / drift for gap, drift in conditions if drift > 0]
    return max(0.0, min(requests)) if requests else None
