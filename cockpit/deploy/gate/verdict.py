"""What must hold before a step may advance: evidence in, one word and one sentence out.

GO only on evidence that a regression is excluded, ROLL BACK only on evidence that there is one. Missing, stale or
broken data is neither: it holds the step and says what is missing.
"""

from msgspec import Struct

from cockpit.deploy.facts import Call
from cockpit.deploy.gate import reasons
from cockpit.deploy.gate.findings import Findings
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.text import duration, names, plural
from cockpit.deploy.tiers import Audience

QUIET = 4.0
"""Evidence for worse above which there is no GO, although it is not enough for HOLD."""
FEW_SAMPLES = 5.0
"""Samples before which too few of them are a beginning and not a fault."""


class Evidence(Struct, frozen=True):
    """All a verdict rests on."""

    step: str
    serves: Audience
    watched: float
    """Seconds since the step was taken or, where that is later, since its counters were first read."""
    soak: float
    desired: int
    """Hosts of the tier that should run the new build, and"""
    ready: int
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
    findings: Findings | None = None
    """What the counters say; None where nobody has read them."""
    stale_after: float = 60.0
    """Seconds after which a sample is stale, and"""
    current_for: float = 60.0
    """how old the newest may be for GO."""
    missing: tuple[str, ...] = ()
    """Hosts of this tier the last sample lacks."""
    target_mismatch: bool = False
    """Whether the tier's target, as it stands in the store, is not what this step wrote."""
    unreadable: tuple[str, ...] = ()
    """Records of this release that cannot be read."""
    alerts: str = ""
    """Alerts that are outstanding, or why that is not known; empty where all is quiet."""


class Verdict(Struct, frozen=True):
    """GO, WAIT, HOLD or ROLL BACK, and the sentence that says why."""

    call: Call
    reason: str


def judge(seen: Evidence, policy: GatePolicy) -> Verdict:
    """The verdict on one step. Bad news first: what is certainly wrong outranks what is not known yet."""
    served = seen.serves is not Audience.NOBODY
    return (
        _broken(seen)
        or (_blind(seen, seen.findings, policy) if served and seen.findings else None)
        or (_errors(seen, seen.findings, policy) if seen.findings else None)
        or _unsettled(seen)
        or (_unknown(seen, policy) if served else None)
        or _young(seen, policy)
        or Verdict(Call.GO, reasons.go_reason(seen.step, seen.hosts, seen.findings if served else None, policy))
    )


def _broken(seen: Evidence) -> Verdict | None:
    if seen.unreadable:
        return Verdict(Call.HOLD, f"record {names(seen.unreadable)} cannot be read; compare it with a backup")
    if seen.smoke:
        return Verdict(Call.HOLD, f"smoke test failed: {seen.smoke}")
    if seen.failed:
        return Verdict(Call.HOLD, f"{plural(len(seen.failed), 'host')} refused the build: {names(seen.failed, 2)}")
    return None


def _blind(seen: Evidence, found: Findings, policy: GatePolicy) -> Verdict | None:
    """Data that was there, or should be by now, and is not."""
    lacks = f" ({found.gap})" if found.gap else ""
    if found.age is None and seen.watched < seen.stale_after:
        return None
    if found.age is None:
        return Verdict(Call.HOLD, f"no data: no usable sample for {duration(seen.watched)}{lacks}")
    if found.age >= seen.stale_after:
        return Verdict(Call.HOLD, f"no data: last usable sample {duration(found.age)} old{lacks}")
    if found.sample_share < policy.whole and found.expected_samples >= FEW_SAMPLES:
        return Verdict(
            Call.HOLD, f"partial data: {100 * found.sample_share:.0f} % of the samples are there and make sense{lacks}"
        )
    if found.idle:
        return Verdict(Call.HOLD, f"no traffic on the new build for {duration(seen.stale_after)}")
    if found.control_idle:
        return Verdict(
            Call.HOLD, f"no traffic on the old hosts for {duration(seen.stale_after)}: nothing to compare with"
        )
    return None


def _errors(seen: Evidence, found: Findings, policy: GatePolicy) -> Verdict | None:
    total = found.total
    if not total.n1 or seen.serves is Audience.NOBODY:
        return None
    said = reasons.comparison(seen.step, found)
    if found.both_failing:
        return Verdict(Call.HOLD, f"{said}: not this build alone; look at what both share")
    if found.baseline_rate is None and not found.controlled:
        return Verdict(Call.HOLD, f"{said}; {reasons.NOTHING_TO_COMPARE}")
    rate, base = total.x1 / total.n1, found.baseline_rate or 0.0
    if found.worse >= 1 / policy.doubt and total.x1 >= 1:
        if found.outlier_hosts:
            hosts = names(found.outlier_hosts)
            return Verdict(Call.HOLD, f"{said}; without {hosts} no worse: look at {hosts}, not at the build")
        sure = found.worse >= 1 / policy.certain and total.x1 >= policy.least_errors
        if sure and rate - base >= policy.least_excess and (found.controlled or rate > policy.ceiling):
            return Verdict(Call.ROLL_BACK, f"{said}; {reasons.false_alarm_rate(policy.certain)}")
        return Verdict(Call.HOLD, f"{said}; {reasons.false_alarm_rate(policy.doubt)}")
    if found.clearest.x1 >= policy.least_errors and found.over_ceiling(policy):
        return Verdict(Call.HOLD, f"{said}, over the ceiling of {reasons.percent(policy.ceiling)}")
    return None


def _unsettled(seen: Evidence) -> Verdict | None:
    if seen.target_mismatch:
        way = "it is on its way, or lost: rollback or abandon writes it anew"
        return Verdict(Call.WAIT, f"the target in the store is not what this step wrote; {way}")
    if seen.silent:
        return Verdict(
            Call.WAIT,
            f"{plural(len(seen.silent), 'host')} silent: {names(seen.silent)}; see to them or override",
        )
    if not seen.hosts:
        return Verdict(Call.WAIT, "no host of this tier has reported; start its agents")
    if seen.ready < seen.hosts:
        return Verdict(
            Call.WAIT,
            f"{seen.ready} of {plural(seen.hosts, 'host')} converged; waiting for {names(seen.stragglers, 2)}",
        )
    if seen.smoke is None:
        return Verdict(Call.WAIT, "smoke test running")
    if seen.alerts:
        return Verdict(Call.HOLD, seen.alerts)
    return None


def _unknown(seen: Evidence, policy: GatePolicy) -> Verdict | None:
    found = seen.findings
    if found is None or found.age is None:
        return Verdict(Call.WAIT, "no data: no usable sample of the error counters yet")
    if found.age > seen.current_for:
        lacks = f" ({found.gap})" if found.gap else ""
        return Verdict(Call.WAIT, f"no data: last usable sample {duration(found.age)} old{lacks}")
    if not found.newest_usable:
        return Verdict(Call.WAIT, f"no data: the newest sample cannot be used ({found.gap or 'it makes no sense'})")
    if found.recently_idle and found.total.n1:
        return Verdict(Call.WAIT, "no request lately on one of the builds")
    if seen.missing:
        return Verdict(Call.WAIT, f"partial data: no counters from {names(seen.missing)}")
    if found.sample_share < policy.whole:
        return Verdict(
            Call.WAIT, f"partial data: {100 * found.sample_share:.0f} % of the samples are there and make sense"
        )
    return None


def _young(seen: Evidence, policy: GatePolicy) -> Verdict | None:
    found, least = seen.findings, max(1, policy.least_requests)  # no traffic is no evidence, whatever the config says
    served = seen.serves is not Audience.NOBODY and found is not None
    if served and found is not None and found.total.n1 < least:
        return Verdict(Call.WAIT, f"{found.total.n1:,.0f} of {plural(least, 'request')} needed on the new build")
    if seen.watched < seen.soak:
        return Verdict(Call.WAIT, f"soaking, {duration(seen.soak - seen.watched)} of {duration(seen.soak)} left")
    if not served or found is None:
        return None
    if found.worse >= QUIET:
        return Verdict(Call.WAIT, f"{reasons.comparison(seen.step, found)}; not enough to say that it is worse or not")
    enough = 1 / policy.missed
    if found.not_worse < enough and found.within_points < enough:
        return Verdict(Call.WAIT, reasons.wait_reason(seen.step, found, policy))
    return None
