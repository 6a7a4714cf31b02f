"""What a watch comes to at one instant: the evidence, what it rests on and what is missing, before any verdict."""

from collections import defaultdict
from math import log, sqrt

from msgspec import Struct

from cockpit.deploy.gate.observation import Observation, Poll, current_dispersion
from cockpit.deploy.gate.sequential import CAUTION, NO_COUNTS, NO_WORSE, CountPair
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.policy import GatePolicy

SHARED_WINDOW = 120.0
"""Seconds over which both builds count as bad at once."""
SHARED = 3.0
"""How many times the rates of clean history both must have then."""
FEWEST = 20.0
"""Errors of the old build that make that believable."""
NEWEST = 8.0
"""Seconds without a request after which there is no GO."""
ODD_HOSTS = 2
"""How many hosts may be odd before it is the build."""


class Findings(Struct, frozen=True):
    """Everything the verdict reads off the counters."""

    worse: float
    """Evidence that the new build is worse than tolerated."""
    not_worse: float
    """Evidence that it is not `excluded` times as bad."""
    within_points: float
    """Evidence that it is not `points` above the old build."""
    total: CountPair
    """In this step."""
    clearest: CountPair
    """The last minutes in which the evidence is clearest."""
    clearest_seconds: float
    """How many seconds those are."""
    baseline_rate: float | None
    """The rate it is compared with, 0 to 1: the old build's or history's; None where there is neither."""
    controlled: bool
    dispersion: float
    history_minutes: int
    """Minutes of clean history."""
    prior: CountPair
    watched: float
    """Seconds since the first usable sample of this step."""
    age: float | None
    """Seconds since the newest usable one; None for never."""
    sample_share: float
    """Of the samples that should be there, 0 to 1; the smaller of the last minute's and the last ten's."""
    expected_samples: float
    """How many samples there should have been."""
    idle: bool
    """No request on the new build for as long as a sample is fresh."""
    control_idle: bool
    """The old hosts are to be compared with and have served nothing for as long."""
    both_failing: bool
    """Old and new hosts are bad at once."""
    outlier_hosts: tuple[str, ...]
    """Hosts without which there would be no evidence."""
    requests_needed: float | None
    """Requests still needed for GO if things go on like this; None where they would never do."""
    request_rate: float
    """Requests a second on the new build, lately."""
    newest_usable: bool
    """Whether the newest sample was; a gap in the past says nothing against GO, one at this moment does."""
    recently_idle: bool
    """No request in the newest seconds on one of the builds."""
    gap: str
    dropped: int

    @property
    def counts(self) -> tuple[Count, Count | None]:
        """Of this step, the new build's and the old one's; None where no host is to be compared with."""
        new, old = Count(round(self.total.n1), round(self.total.x1)), Count(round(self.total.n0), round(self.total.x0))
        return new, old if self.controlled and self.total.n0 else None

    def over_ceiling(self, policy: GatePolicy) -> bool:
        """Whether the new build's rate is over the ceiling by more than two standard deviations.

        Where clean history is near the ceiling or over it, twice that is the ceiling.
        """
        n, x = self.clearest.n1, self.clearest.x1
        ceiling = max(policy.ceiling, 2 * (_usual(self.prior) or 0.0))
        return x - n * ceiling > 2 * sqrt(self.dispersion * max(x, n * ceiling))


def findings(watch: Observation, now: float, interval: float, policy: GatePolicy) -> Findings:
    """What `watch` comes to at `now`; samples come every `interval` seconds."""
    fresh = max(policy.fresh, 2 * interval)
    began = watch.began if watch.began is not None else now
    polls = watch.recent
    controlled = polls[-1].controlled if polls else True
    noise = watch.paired if controlled else watch.lone
    prior = noise.total if noise else NO_COUNTS
    newest = _sum(polls, (polls[-1].at if polls else now) - max(0.99 * interval, NEWEST))
    lately = _sum(polls, (now if watch.last is None else watch.last) - fresh)
    base = _rate0(watch.total) if controlled else (prior.x1 / prior.n1 if prior.n1 else None)
    spread = current_dispersion(watch, controlled, policy)
    said, over = _clearest(watch, now, interval, base, policy)
    e = watch.bets.worse_evidence
    if watch.routes:
        rest = watch.route_count - len(watch.routes)  # routes without an error, of which each says 1: nothing
        e = (e + (sum(bets.worse_evidence for _, bets in watch.routes) + rest) / watch.route_count) / 2
    whole, looked = _share(polls, float("-inf"))
    long_enough = (watch.last or now) - began >= fresh - interval
    return Findings(
        worse=e,
        not_worse=watch.bets.not_worse,
        within_points=watch.bets.within_points,
        total=watch.total,
        clearest=said,
        clearest_seconds=over,
        baseline_rate=base,
        controlled=controlled,
        dispersion=spread,
        history_minutes=noise.minutes if noise else 0,
        prior=prior,
        watched=now - watch.first if watch.first is not None else 0.0,
        age=now - watch.last if watch.last is not None else None,
        sample_share=min(whole, _share(polls, now - max(60.0, 10 * interval))[0]),
        expected_samples=looked,
        idle=long_enough and not lately.n1,
        control_idle=controlled and long_enough and not lately.n0,
        both_failing=_shared(polls, now, prior, controlled, policy),
        outlier_hosts=odd_hosts(watch, spread, policy) if e >= 1 / policy.doubt else (),
        requests_needed=_needed(watch, base, spread, policy),
        request_rate=lately.n1 / max(interval, min(fresh, now - began + interval)),
        newest_usable=bool(polls) and polls[-1].pair is not None,
        recently_idle=not newest.n1 or (controlled and not newest.n0),
        gap=polls[-1].gap if polls else "",
        dropped=watch.dropped,
    )


def odd_hosts(watch: Observation, dispersion: float, policy: GatePolicy) -> tuple[str, ...]:
    """The one or two hosts without which the new build is no worse; none where it is the build.

    Leave one out: the rest must have been able to show what all together show, and must not.
    """
    whole = _sum(watch.recent, float("-inf"))
    requests: defaultdict[str, float] = defaultdict(float)
    errors: defaultdict[str, float] = defaultdict(float)
    for poll in watch.recent:
        for host, n, x in poll.hosts:
            requests[host] += n
            errors[host] += x
    most = min(ODD_HOSTS, (len(requests) - 1) // 2)
    worst = sorted(requests, key=lambda host: errors[host], reverse=True)
    for count in range(1, most + 1):
        out = worst[:count]
        rest = CountPair(
            whole.n1 - sum(requests[h] for h in out), whole.x1 - sum(errors[h] for h in out), whole.n0, whole.x0
        )
        if rest.n1 > 0 and rest.n0 and _innocent(rest, dispersion, policy):
            return tuple(sorted(out))
    return ()


def _innocent(rest: CountPair, dispersion: float, policy: GatePolicy) -> bool:
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


def _rate0(pair: CountPair) -> float | None:
    return pair.x0 / pair.n0 if pair.n0 else None


def _share(polls: tuple[Poll, ...], since: float) -> tuple[float, float]:
    """(share of the samples that were there, how many there should have been) after `since`."""
    expected = got = 0.0
    for poll in reversed(polls):
        if poll.at <= since:
            break
        expected += poll.expected
        got += poll.got
    return (min(1.0, got / expected) if expected else 1.0), expected


def _usual(prior: CountPair) -> float | None:
    """The error rate of clean history, both groups together; None where there is none."""
    requests = prior.n0 + prior.n1
    return (prior.x0 + prior.x1 + 1) / requests if requests else None


def _shared(polls: tuple[Poll, ...], now: float, prior: CountPair, controlled: bool, policy: GatePolicy) -> bool:
    if not controlled:
        return False
    last = _sum(polls, now - SHARED_WINDOW)
    if not (last.n1 and last.n0) or last.x0 < FEWEST or last.x1 < policy.least_errors:
        return False
    new, old = last.x1 / last.n1, last.x0 / last.n0
    usual = _usual(prior)
    limit = policy.ceiling if usual is None else max(SHARED * usual, policy.points)
    return min(new, old) > limit and new < policy.excluded * old


def _clearest(
    watch: Observation, now: float, interval: float, base: float | None, policy: GatePolicy
) -> tuple[CountPair, float]:
    """(counts, seconds) of the span of the step in which the new build stands out most."""
    best, found = float("-inf"), (watch.total, now - watch.first if watch.first is not None else 0.0)
    for span in (60.0, 300.0, float("inf")):
        if watch.first is None or (span < float("inf") and span > now - watch.first):
            continue
        pair = watch.total if span == float("inf") else _sum(watch.recent, now - span)
        rate = _rate0(pair) or base or policy.points / 10
        clear = pair.x1 * log(max(pair.x1, 1e-9) / (pair.n1 * rate)) - pair.x1 + pair.n1 * rate if pair.n1 else 0.0
        if clear >= best:
            best, found = clear, (pair, min(span, now - watch.first + interval))
    return found


def _needed(watch: Observation, base: float | None, dispersion: float, policy: GatePolicy) -> float | None:
    """The fewer of what the two ways to GO would still take at the rates seen so far."""
    total, goal = watch.total, log(1 / policy.missed)
    if base is None or not total.n1:
        return None
    rate = max(total.x1 / total.n1, 0.0)
    low = max(base, policy.points / 10)
    ways = [
        (goal - log(watch.bets.not_worse), base * (policy.excluded - 1) - rate * log(policy.excluded)),
        (goal - log(watch.bets.within_points), policy.points - rate * log(1 + policy.points / low)),
    ]
    found = [gap * dispersion * CAUTION / drift for gap, drift in ways if drift > 0]
    return max(0.0, min(found)) if found else None
