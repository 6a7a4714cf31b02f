"""Watching one step: a frozen value that is folded poll by poll, live and in a replay alike.

It begins with clean history, from which the noise is read, and goes on from step to step: what one step has taught is
kept for the next. An engine that restarts begins anew and says honestly how long it has watched.
"""

from math import sqrt

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.gate.noise import Noise, lone_noise, paired_noise
from cockpit.deploy.gate.sequential import NO_COUNTS, Bets, CountPair, Stakes, cap, open_bets, update_bets
from cockpit.deploy.policy import GatePolicy

KEPT = 600.0
"""Seconds of polls kept: the longest window that anything is read off."""
HISTORY = 240
"""Minutes of clean history kept."""
ENOUGH_HISTORY = 20.0
"""Minutes of clean history that need no guess beside them."""
VIRTUAL = 1000.0
"""Requests on the old build that stand for one of history's, where no host runs the old build."""


class Poll(Struct, frozen=True):
    """What one look at the counters has brought."""

    at: float
    pair: CountPair | None
    """None where it was not usable; without requests on the old build where no host is to run it."""
    controlled: bool = True
    """Whether hosts with the old build should be there."""
    seconds: float = 0.0
    """How long the counts cover; 0 for less than a poll usually does."""
    expected: float = 1.0
    """How many samples there should have been since the poll before, and"""
    got: float = 1.0
    """how many of them were there and made sense."""
    dropped: int = 0
    hosts: tuple[tuple[str, float, float], ...] = ()
    """(host, requests, errors) of the new build, where the source knows hosts."""
    gap: str = ""
    """What was missing, in words."""
    routes: tuple[tuple[str, CountPair], ...] = ()
    """Those that had an error: without one, a route tells nothing."""
    route_count: int = 0
    """How many routes there are in all."""


class Observation(Struct, frozen=True):
    """All that has been learnt by watching. Built by `add_poll` and `begin_step` alone."""

    began: float | None = None
    """When the present step was taken; before it, all is clean history."""
    first: float | None = None
    """When the first usable sample of this step came."""
    last: float | None = None
    """When the newest did."""
    polled: float | None = None
    bets: Bets = Bets()
    routes: tuple[tuple[str, Bets], ...] = ()
    route_count: int = 0
    """How many routes there are, also those of which nothing is known."""
    total: CountPair = NO_COUNTS
    """In this step."""
    recent: tuple[Poll, ...] = ()
    dropped: int = 0
    minutes: tuple[CountPair, ...] = ()
    """Clean history by the minute, oldest first; the last one is still growing."""
    minute: int = 0
    paired: Noise | None = None
    lone: Noise | None = None
    dispersion_sums: tuple[float, float] = (0.0, 0.0)
    """Squares of the old hosts' changes from sample to sample in this step, and what they would be without clusters."""


def begin_step(watch: Observation, at: float, policy: GatePolicy) -> Observation:
    """A step is taken at `at`: history ends with the first, evidence is carried over from one to the next."""
    noise: dict[str, Noise] = {}
    if watch.began is None:
        whole = watch.minutes
        noise = {"paired": paired_noise(whole, policy.dispersion), "lone": lone_noise(whole, policy.dispersion)}
    return replace(
        watch, began=at, first=None, last=None, bets=open_bets(watch.bets),
        routes=tuple((name, open_bets(bets)) for name, bets in watch.routes), total=NO_COUNTS, recent=(), **noise,
    )  # fmt: skip


def add_poll(watch: Observation, poll: Poll, policy: GatePolicy) -> Observation:
    """`watch` with one more poll."""
    elapsed = poll.at - watch.polled if watch.polled is not None else 0.0
    watch = replace(watch, polled=poll.at, dropped=watch.dropped + poll.dropped)
    if watch.began is None:
        return _remembered(watch, poll)
    kept = watch.recent
    while kept and kept[0].at <= poll.at - KEPT:
        kept = kept[1:]
    recent = (*kept, poll)
    if poll.pair is None or not poll.pair.n1:
        idle = poll.pair is not None
        return replace(watch, recent=recent, last=poll.at if idle else watch.last, first=_first(watch, poll, idle))
    watch = replace(watch, first=_first(watch, poll, True), last=poll.at, total=watch.total + poll.pair)
    watch = replace(watch, dispersion_sums=_swung(watch, poll.pair), recent=recent)
    return _tested(watch, poll, elapsed, policy)


def current_dispersion(watch: Observation, controlled: bool, policy: GatePolicy) -> float:
    """The dispersion in force: history's, or a guess that the old hosts' own swings in this step can only raise.

    A short history has hardly seen what is rare: until it is `ENOUGH_HISTORY` minutes long, it lowers the guess only in part.
    """
    noise = watch.paired if controlled else watch.lone
    known = min(1.0, noise.minutes / ENOUGH_HISTORY) if noise is not None else 0.0
    if noise is not None and known == 1.0:
        return noise.phi
    squares, plain = watch.dispersion_sums
    guess = max(policy.dispersion, squares / plain if plain >= LEAST_SWINGS else 0.0)
    return max(noise.phi, known * noise.phi + (1 - known) * guess) if noise is not None and known else guess


LEAST_SWINGS = 20.0


def _first(watch: Observation, poll: Poll, usable: bool) -> float | None:
    return poll.at if usable and watch.first is None else watch.first


def _remembered(watch: Observation, poll: Poll) -> Observation:
    if poll.pair is None:
        return watch
    minute = int(poll.at // 60)
    if watch.minutes and minute == watch.minute:
        minutes = (*watch.minutes[:-1], watch.minutes[-1] + poll.pair)
    else:
        minutes = (*watch.minutes, poll.pair)[-HISTORY:]
    return replace(watch, minutes=minutes, minute=minute)


def _swung(watch: Observation, pair: CountPair) -> tuple[float, float]:
    """Successive differences (von Neumann 1941) see clusters and not the slow course of the day."""
    then = next((p.pair for p in reversed(watch.recent) if p.pair is not None and p.pair.n0), None)
    if then is None or not pair.n0:
        return watch.dispersion_sums
    scale = pair.n0 / then.n0
    squares, plain = watch.dispersion_sums
    return squares + (pair.x0 - scale * then.x0) ** 2, plain + pair.x0 + scale**2 * then.x0


def _tested(watch: Observation, poll: Poll, elapsed: float, policy: GatePolicy) -> Observation:
    pair = poll.pair
    assert pair is not None, "only usable polls are tested"
    if poll.controlled and not pair.n0:
        return watch
    noise = watch.paired if poll.controlled else watch.lone
    dispersion = current_dispersion(watch, poll.controlled, policy)
    if poll.controlled:
        leaning = noise.ratio if noise else 1.0
        kind = strict = CountPair(pair.n1 * leaning, pair.x1, pair.n0, pair.x0)
        base = leaning * low_rate(watch.total.n0, watch.total.x0, dispersion)
    elif noise is not None and noise.total.n1:
        n, x = noise.total.n1, noise.total.x1
        base = low_rate(n, x, dispersion)
        many = VIRTUAL * pair.n1
        kind = CountPair(pair.n1, pair.x1, many, many * base)
        strict = CountPair(pair.n1, pair.x1, many, many * (x + sqrt(dispersion * x) + dispersion) / n)
    else:
        return watch
    stakes = Stakes(
        policy.tolerated, policy.excluded, policy.points, 1 / policy.missed, base, dispersion, cap(poll.seconds)
    )
    routes = dict(watch.routes)
    for name, part in poll.routes if poll.controlled else ():
        if part.n1 and part.n0:
            fresh = routes.get(name) or open_bets(Bets())
            routes[name] = update_bets(fresh, part, part, elapsed, stakes)
    bets = update_bets(watch.bets, strict, kind, elapsed, stakes)
    many = max(watch.route_count, poll.route_count, len(routes))
    return replace(watch, bets=bets, routes=tuple(routes.items()), route_count=many)


def low_rate(n: float, x: float, dispersion: float) -> float:
    """The error rate less one standard deviation."""
    return max(0.0, x - sqrt(dispersion * x)) / n if n else 0.0
