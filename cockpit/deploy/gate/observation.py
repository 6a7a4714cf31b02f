"""The observation of one step: an immutable value folded poll by poll, live and in a replay.

It starts with clean history, which gives the noise, and continues from step to step with the evidence so far. After a
restart the engine starts a new observation, and reports for how long it has watched.
"""

from math import sqrt

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.gate.noise import Noise, lone_noise, paired_noise
from cockpit.deploy.gate.sequential import NO_COUNTS, Bets, CountPair, Stakes, cap, open_bets, update_bets
from cockpit.deploy.policy import GatePolicy

POLLS_KEPT_FOR = 600.0
"""Seconds for which polls are kept: the longest window in use."""
HISTORY = 240
"""The most minutes of clean history that are kept."""
ENOUGH_HISTORY = 20.0
"""Minutes of clean history from which no guess is needed."""
VIRTUAL_REQUESTS = 1000.0
"""The weight of history without control hosts: old requests for each new one."""


class Poll(Struct, frozen=True):
    """The result of one read of the counters."""

    at: float
    pair: CountPair | None
    """None if it is not usable. Without control hosts the old build has no requests."""
    controlled: bool = True
    """Whether there should be hosts with the old build."""
    seconds: float = 0.0
    """The seconds that the counts cover; 0 if less than a usual poll."""
    expected: float = 1.0
    """How many samples were expected since the last poll."""
    got: float = 1.0
    """How many of those arrived and were valid."""
    dropped: int = 0
    hosts: tuple[tuple[str, float, float], ...] = ()
    """(host, requests, errors) of the new build, if the source knows hosts."""
    gap: str = ""
    """What was missing, as text."""
    routes: tuple[tuple[str, CountPair], ...] = ()
    """The counts by route, of routes with an error; others give no evidence."""
    route_count: int = 0
    """The number of all routes."""


class Observation(Struct, frozen=True):
    """The evidence so far. Only `add_poll` and `begin_step` build it."""

    step_began_at: float | None = None
    """When the current step was taken; None during clean history."""
    first_sample_at: float | None = None
    """The time of this step's first usable sample."""
    last_sample_at: float | None = None
    """The time of its newest usable sample."""
    last_poll_at: float | None = None
    bets: Bets = Bets()
    routes: tuple[tuple[str, Bets], ...] = ()
    route_count: int = 0
    """The number of all routes, also of those without evidence."""
    total: CountPair = NO_COUNTS
    """The counts of this step."""
    recent: tuple[Poll, ...] = ()
    dropped: int = 0
    minutes: tuple[CountPair, ...] = ()
    """Clean history by the minute, oldest first. The last minute is incomplete."""
    minute: int = 0
    paired: Noise | None = None
    lone: Noise | None = None
    dispersion_sums: tuple[float, float] = (0.0, 0.0)
    """The squared changes of the old hosts' errors between samples, and their expectation for independent errors."""


def begin_step(observation: Observation, at: float, policy: GatePolicy) -> Observation:
    """Begin a step at `at`. The first step ends the history; later ones keep the evidence so far."""
    noise: dict[str, Noise] = {}
    if observation.step_began_at is None:
        whole = observation.minutes
        noise = {"paired": paired_noise(whole, policy.dispersion), "lone": lone_noise(whole, policy.dispersion)}
    return replace(
        observation, step_began_at=at, first_sample_at=None, last_sample_at=None, bets=open_bets(observation.bets),
        routes=tuple((name, open_bets(bets)) for name, bets in observation.routes), total=NO_COUNTS, recent=(), **noise,
    )  # fmt: skip


def add_poll(observation: Observation, poll: Poll, policy: GatePolicy) -> Observation:
    """Add one poll."""
    elapsed = poll.at - observation.last_poll_at if observation.last_poll_at is not None else 0.0
    observation = replace(observation, last_poll_at=poll.at, dropped=observation.dropped + poll.dropped)
    if observation.step_began_at is None:
        return _add_to_history(observation, poll)
    kept = observation.recent
    while kept and kept[0].at <= poll.at - POLLS_KEPT_FOR:
        kept = kept[1:]
    recent = (*kept, poll)
    if poll.pair is None or not poll.pair.n1:
        idle = poll.pair is not None
        return replace(
            observation,
            recent=recent,
            last_sample_at=poll.at if idle else observation.last_sample_at,
            first_sample_at=_first(observation, poll, idle),
        )
    observation = replace(
        observation,
        first_sample_at=_first(observation, poll, True),
        last_sample_at=poll.at,
        total=observation.total + poll.pair,
    )
    observation = replace(observation, dispersion_sums=_dispersion_sums(observation, poll.pair), recent=recent)
    return _test(observation, poll, elapsed, policy)


def current_dispersion(observation: Observation, controlled: bool, policy: GatePolicy) -> float:
    """The dispersion to use: that of history, or a guess that the old hosts' noise in this step can only raise.

    A short history may miss rare clusters: until it has `ENOUGH_HISTORY` minutes, it lowers the guess only in part.
    """
    noise = observation.paired if controlled else observation.lone
    known = min(1.0, noise.minutes / ENOUGH_HISTORY) if noise is not None else 0.0
    if noise is not None and known == 1.0:
        return noise.phi
    squares, plain = observation.dispersion_sums
    guess = max(policy.dispersion, squares / plain if plain >= MIN_STEP_WEIGHT else 0.0)
    return max(noise.phi, known * noise.phi + (1 - known) * guess) if noise is not None and known else guess


MIN_STEP_WEIGHT = 20.0


def _first(observation: Observation, poll: Poll, usable: bool) -> float | None:
    return poll.at if usable and observation.first_sample_at is None else observation.first_sample_at


def _add_to_history(observation: Observation, poll: Poll) -> Observation:
    if poll.pair is None:
        return observation
    minute = int(poll.at // 60)
    if observation.minutes and minute == observation.minute:
        minutes = (*observation.minutes[:-1], observation.minutes[-1] + poll.pair)
    else:
        minutes = (*observation.minutes, poll.pair)[-HISTORY:]
    return replace(observation, minutes=minutes, minute=minute)


def _dispersion_sums(observation: Observation, pair: CountPair) -> tuple[float, float]:
    """Successive differences (von Neumann 1941) show clusters and cancel the time of day."""
    then = next((p.pair for p in reversed(observation.recent) if p.pair is not None and p.pair.n0), None)
    if then is None or not pair.n0:
        return observation.dispersion_sums
    scale = pair.n0 / then.n0
    squares, plain = observation.dispersion_sums
    return squares + (pair.x0 - scale * then.x0) ** 2, plain + pair.x0 + scale**2 * then.x0


def _test(observation: Observation, poll: Poll, elapsed: float, policy: GatePolicy) -> Observation:
    pair = poll.pair
    assert pair is not None, "only usable polls are tested"
    if poll.controlled and not pair.n0:
        return observation
    noise = observation.paired if poll.controlled else observation.lone
    dispersion = current_dispersion(observation, poll.controlled, policy)
    if poll.controlled:
        ratio = noise.ratio if noise else 1.0
        lenient = strict = CountPair(pair.n1 * ratio, pair.x1, pair.n0, pair.x0)
        base = ratio * low_rate(observation.total.n0, observation.total.x0, dispersion)
    elif noise is not None and noise.total.n1:
        n, x = noise.total.n1, noise.total.x1
        base = low_rate(n, x, dispersion)
        many = VIRTUAL_REQUESTS * pair.n1
        lenient = CountPair(pair.n1, pair.x1, many, many * base)
        strict = CountPair(pair.n1, pair.x1, many, many * (x + sqrt(dispersion * x) + dispersion) / n)
    else:
        return observation
    stakes = Stakes(
        policy.tolerated, policy.excluded, policy.points, 1 / policy.missed, base, dispersion, cap(poll.seconds)
    )
    routes = dict(observation.routes)
    for name, part in poll.routes if poll.controlled else ():
        if part.n1 and part.n0:
            fresh = routes.get(name) or open_bets(Bets())
            routes[name] = update_bets(fresh, part, part, elapsed, stakes)
    bets = update_bets(observation.bets, strict, lenient, elapsed, stakes)
    many = max(observation.route_count, poll.route_count, len(routes))
    return replace(observation, bets=bets, routes=tuple(routes.items()), route_count=many)


def low_rate(n: float, x: float, dispersion: float) -> float:
    """The error rate minus one standard deviation."""
    return max(0.0, x - sqrt(dispersion * x)) / n if n else 0.0
