"""What must hold before a step may advance: evidence in, one word and one sentence out.

Errors of the new build are compared with those of the old build over the same time. Given an error, under equal
rates it falls on the new build with probability n1/(n1+n0), whatever the hour does to both: so the question is how
unlikely the new build's share of the errors is (the exact conditional test of two Poisson rates, Przyborowski &
Wilenski 1940). Missing data never says GO and never says ROLL BACK.
"""

from math import exp, lgamma, log, log1p

from msgspec import Struct

from cockpit.deploy.events import Call
from cockpit.deploy.text import duration, names, percent, plural
from cockpit.deploy.tiers import Audience
from cockpit.deploy.traffic import Count


class GatePolicy(Struct, frozen=True):
    """How strict the gate is; `[gate]` in config.toml."""

    ceiling: float = 0.02
    """Share of failed requests that is too much for any build, 0 to 1."""
    tolerated: float = 1.2
    """How many times the old build's error rate the new one may have before it counts as worse."""
    least_requests: int = 100
    """Requests the new build must have served in this step before GO."""
    least_errors: int = 5
    """Errors the new build must have before any rate is believed."""
    doubt: float = 1e-3
    """Chance of the new build's share of errors, were it no worse, below which the gate says HOLD."""
    certain: float = 1e-6
    """The same for ROLL BACK."""
    fresh: float = 60.0
    """Seconds after which a sample is stale."""


class Evidence(Struct, frozen=True):
    """All a verdict rests on."""

    step: str
    serves: Audience
    watched: float
    """Seconds since the step was taken."""
    soak: float
    wanted: int
    """Hosts of the tier that should run the new build, and"""
    converged: int
    """how many of all its hosts run what they should."""
    hosts: int
    stragglers: tuple[str, ...] = ()
    """Hosts still on their way, with their state."""
    silent: tuple[str, ...] = ()
    """Hosts whose heartbeat stopped or never came."""
    failed: tuple[str, ...] = ()
    """Hosts that refused the build, with their reason."""
    smoke: str | None = None
    """None while not passed, empty once passed, else why it failed."""
    new: Count | None = None
    """The new build on this tier since the step; None where no source could say."""
    control: Count | None = None
    """The old build over the same time; None where no host runs it."""
    sample_age: float | None = None
    missing: tuple[str, ...] = ()
    """Hosts of this tier the last sample lacks."""
    astray: bool = False
    """Whether the tier's target, as it stands in the store, is not what this step wrote."""
    unreadable: tuple[str, ...] = ()
    """Records of this release that cannot be read."""


class Verdict(Struct, frozen=True):
    """GO, WAIT, HOLD or ROLL BACK, and the sentence that says why."""

    call: Call
    reason: str


def judge(seen: Evidence, policy: GatePolicy) -> Verdict:
    """The verdict on one step. Bad news first: what is certainly wrong outranks what is not known yet."""
    return (
        _broken(seen)
        or _errors(seen, policy)
        or _unsettled(seen)
        or _unknown(seen, policy)
        or _young(seen, policy)
        or Verdict(Call.GO, _calm(seen))
    )


def chance(new: Count, control: Count, tolerated: float) -> float:
    """P(at least new.errors of all errors fall on the new build), if its rate were `tolerated` times the old one's.

    The upper tail of Binomial(x1 + x0, r n1 / (r n1 + n0)), summed in logarithms; 1 where nothing can be said.
    """
    total = new.errors + control.errors
    if not new.errors or not new.requests or not control.requests:
        return 1.0
    share = tolerated * new.requests / (tolerated * new.requests + control.requests)
    log_p, log_q = log(share), log1p(-share)
    tail = 0.0
    for hits in range(new.errors, total + 1):
        term = exp(
            lgamma(total + 1) - lgamma(hits + 1) - lgamma(total - hits + 1) + hits * log_p + (total - hits) * log_q
        )
        tail += term
        if hits > share * total and term < tail * 1e-12:
            break
    return min(1.0, tail)


def _broken(seen: Evidence) -> Verdict | None:
    if seen.unreadable:
        return Verdict(Call.HOLD, f"record {names(seen.unreadable)} cannot be read; compare it with a backup")
    if seen.smoke:
        return Verdict(Call.HOLD, f"smoke test failed: {seen.smoke}")
    if seen.failed:
        return Verdict(Call.HOLD, f"{plural(len(seen.failed), 'host')} refused the build: {names(seen.failed, 2)}")
    return None


def _errors(seen: Evidence, policy: GatePolicy) -> Verdict | None:
    new, control = seen.new, seen.control
    if new is None or new.errors < policy.least_errors:
        return None
    odds = chance(new, control, policy.tolerated) if control and control.requests else None
    said = f"{seen.step} {_rate(new)} over {duration(seen.watched)}"
    if odds is not None and control is not None:
        said += f" vs old hosts {_rate(control)}"
        if control.requests and control.rate > policy.ceiling and odds >= policy.certain:
            return Verdict(Call.HOLD, f"{said}: not this build alone; look at what both share")
    worst = Call.HOLD if seen.serves is Audience.NOBODY else Call.ROLL_BACK
    if odds is not None and odds < policy.certain:
        return Verdict(worst, f"{said}{_times(new, control)}")
    if odds is None and new.rate > policy.ceiling:
        return Verdict(worst, f"{said}, over the ceiling of {percent(policy.ceiling)}; no old hosts to compare with")
    if odds is not None and odds < policy.doubt:
        return Verdict(Call.HOLD, f"{said}{_times(new, control)}; perhaps chance, not likely")
    if new.rate > policy.ceiling:
        return Verdict(Call.HOLD, f"{said}, over the ceiling of {percent(policy.ceiling)}")
    return None


def _unsettled(seen: Evidence) -> Verdict | None:
    if seen.astray:
        way = "it is on its way, or lost: rollback or abandon writes it anew"
        return Verdict(Call.WAIT, f"the target in the store is not what this step wrote; {way}")
    if seen.silent:
        return Verdict(
            Call.WAIT,
            f"{plural(len(seen.silent), 'host')} silent: {names(seen.silent)}; see to them or override",
        )
    if not seen.hosts:
        return Verdict(Call.WAIT, "no host of this tier has reported; start its agents")
    if seen.converged < seen.hosts:
        return Verdict(
            Call.WAIT,
            f"{seen.converged} of {plural(seen.hosts, 'host')} converged; waiting for {names(seen.stragglers, 2)}",
        )
    if seen.smoke is None:
        return Verdict(Call.WAIT, "smoke test running")
    return None


def _unknown(seen: Evidence, policy: GatePolicy) -> Verdict | None:
    if seen.serves is Audience.NOBODY:
        return None
    if seen.new is None or seen.sample_age is None:
        return Verdict(Call.WAIT, "no data: no sample of the error counters yet")
    if seen.sample_age > policy.fresh:
        return Verdict(Call.WAIT, f"no data: last sample {duration(seen.sample_age)} old")
    if seen.missing:
        return Verdict(Call.WAIT, f"partial data: no counters from {names(seen.missing)}")
    return None


def _young(seen: Evidence, policy: GatePolicy) -> Verdict | None:
    least = max(1, policy.least_requests)  # no traffic is no evidence, whatever the config says
    if seen.serves is not Audience.NOBODY and seen.new is not None and seen.new.requests < least:
        return Verdict(Call.WAIT, f"{seen.new.requests:,} of {plural(least, 'request')} needed on the new build")
    if seen.watched < seen.soak:
        return Verdict(Call.WAIT, f"soaking, {duration(seen.soak - seen.watched)} of {duration(seen.soak)} left")
    return None


def _calm(seen: Evidence) -> str:
    if seen.serves is Audience.NOBODY or seen.new is None:
        return f"smoke test passed, {plural(seen.hosts, 'host')} converged"
    said = f"{seen.step} {_rate(seen.new)} over {duration(seen.watched)}"
    if seen.control and seen.control.requests:
        return f"{said} vs old hosts {_rate(seen.control)}"
    return f"{said}, under the ceiling; no old hosts to compare with"


def _rate(count: Count) -> str:
    return f"{percent(count.rate)} ({count.errors:,} of {count.requests:,})" if count.requests else "no requests"


def _times(new: Count, control: Count | None) -> str:
    return f", {new.rate / control.rate:.1f}x" if control and control.errors else ""
