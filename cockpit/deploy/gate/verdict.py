"""The verdict on a step: evidence in, one word and one sentence out.

GO needs evidence against a regression, and ROLL BACK needs evidence for one. Missing, stale or broken data gives
neither: it holds the step and the reason names what is missing.
"""

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.facts import Call
from cockpit.deploy.gate import reasons
from cockpit.deploy.gate.findings import Findings
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.text import duration, names, plural
from cockpit.deploy.tiers import Audience

MAX_WORSE_FOR_GO = 4.0
"""Evidence for a worse build that prevents GO, although it is too little for HOLD."""
MIN_SAMPLES = 5.0
"""Expected samples below which a low share is no fault: the step has just begun."""


class Evidence(Struct, frozen=True):
    """All inputs of a verdict."""

    step: str
    serves: Audience
    watched: float
    """Seconds since the step was taken or, if later, since its counters were first read."""
    soak: float
    desired: int
    """How many hosts of the tier should run the new build."""
    ready: int
    """How many of all its hosts serve the build they should."""
    hosts: int
    stragglers: tuple[str, ...] = ()
    """Hosts that are not ready yet, with their state."""
    silent: tuple[str, ...] = ()
    """Hosts whose heartbeat stopped or never started."""
    failed: tuple[str, ...] = ()
    """Hosts that refused the build, with their reason."""
    smoke: str | None = None
    """None until it has passed, empty if it passed, else why it failed."""
    findings: Findings | None = None
    """The findings from the counters; None if no counters were read."""
    stale_after: float = 60.0
    """Seconds after which a sample is stale."""
    current_for: float = 60.0
    """The greatest age of the newest sample for GO, in seconds."""
    missing: tuple[str, ...] = ()
    """Hosts of this tier that the last sample lacks."""
    target_mismatch: bool = False
    """Whether the stored target of the tier differs from what this step wrote."""
    unreadable: tuple[str, ...] = ()
    """Unreadable records of this release."""
    alerts: str = ""
    """The firing alerts, or why they are unknown; empty if there are none."""


class Verdict(Struct, frozen=True):
    """GO, WAIT, HOLD or ROLL BACK, and the sentence that says why."""

    call: Call
    reason: str


def judge(evidence: Evidence, policy: GatePolicy) -> Verdict:
    """Judge one step. Bad news first: a known failure outranks what is not known yet."""
    served = evidence.serves is not Audience.NOBODY
    return (
        _broken(evidence)
        or (_blind(evidence, evidence.findings, policy) if served and evidence.findings else None)
        or (_errors(evidence, evidence.findings, policy) if evidence.findings else None)
        or _unsettled(evidence)
        or (_unknown(evidence, policy) if served else None)
        or _immature(evidence, policy)
        or Verdict(
            Call.GO, reasons.go_reason(evidence.step, evidence.hosts, evidence.findings if served else None, policy)
        )
    )


def judge_errors(evidence: Evidence, policy: GatePolicy) -> Verdict | None:
    """HOLD or ROLL BACK if the counters show that the build is bad; None if they do not, or if they are missing.

    The rate is that of the clearest span, so that good hours do not dilute the errors of the last minutes.
    """
    findings = evidence.findings
    if findings is None or (findings.baseline_rate is None and not findings.controlled):
        return None
    return _errors(evidence, replace(findings, total=findings.clearest), policy)


def _broken(evidence: Evidence) -> Verdict | None:
    if evidence.unreadable:
        return Verdict(Call.HOLD, f"record {names(evidence.unreadable)} cannot be read; compare it with a backup")
    if evidence.smoke:
        return Verdict(Call.HOLD, f"smoke test failed: {evidence.smoke}")
    if evidence.failed:
        return Verdict(
            Call.HOLD, f"{plural(len(evidence.failed), 'host')} refused the build: {names(evidence.failed, 2)}"
        )
    return None


def _blind(evidence: Evidence, findings: Findings, policy: GatePolicy) -> Verdict | None:
    """HOLD if data is missing that was there before, or should be there by now."""
    gap = f" ({findings.gap})" if findings.gap else ""
    if findings.age is None and evidence.watched < evidence.stale_after:
        return None
    if findings.age is None:
        return Verdict(Call.HOLD, f"no data: no usable sample for {duration(evidence.watched)}{gap}")
    if findings.age >= evidence.stale_after:
        return Verdict(Call.HOLD, f"no data: last usable sample {duration(findings.age)} old{gap}")
    if findings.sample_share < policy.whole and findings.expected_samples >= MIN_SAMPLES:
        return Verdict(
            Call.HOLD,
            f"partial data: {100 * findings.sample_share:.0f} % of the samples are usable{gap}",
        )
    if findings.idle:
        return Verdict(Call.HOLD, f"no traffic on the new build for {duration(evidence.stale_after)}")
    if findings.control_idle:
        return Verdict(
            Call.HOLD, f"no traffic on the old hosts for {duration(evidence.stale_after)}: nothing to compare with"
        )
    return None


def _errors(evidence: Evidence, findings: Findings, policy: GatePolicy) -> Verdict | None:
    total = findings.total
    if not total.n1 or evidence.serves is Audience.NOBODY:
        return None
    comparison = reasons.comparison(evidence.step, findings)
    if findings.both_failing:
        return Verdict(Call.HOLD, f"{comparison}: both builds fail, look at what they share")
    if findings.baseline_rate is None and not findings.controlled:
        return Verdict(Call.HOLD, f"{comparison}; {reasons.NOTHING_TO_COMPARE}")
    rate, base = total.x1 / total.n1, findings.baseline_rate or 0.0
    if findings.worse >= 1 / policy.doubt and total.x1 >= 1:
        if findings.outlier_hosts:
            hosts = names(findings.outlier_hosts)
            return Verdict(Call.HOLD, f"{comparison}; no worse without {hosts}: check {hosts}, not the build")
        sure = findings.worse >= 1 / policy.certain and total.x1 >= policy.least_errors
        if sure and rate - base >= policy.least_excess and (findings.controlled or rate > policy.ceiling):
            return Verdict(Call.ROLL_BACK, f"{comparison}; {reasons.false_alarm_rate(policy.certain)}")
        return Verdict(Call.HOLD, f"{comparison}; {reasons.false_alarm_rate(policy.doubt)}")
    if findings.clearest.x1 >= policy.least_errors and findings.over_ceiling(policy):
        return Verdict(Call.HOLD, f"{comparison}, over the ceiling of {reasons.percent(policy.ceiling)}")
    return None


def _unsettled(evidence: Evidence) -> Verdict | None:
    if evidence.target_mismatch:
        hint = "if it stays so, rollback or abandon writes it again"
        return Verdict(Call.WAIT, f"the target in the store is not what this step wrote; {hint}")
    if evidence.silent:
        return Verdict(
            Call.WAIT,
            f"{plural(len(evidence.silent), 'host')} silent: {names(evidence.silent)}; check them or override",
        )
    if not evidence.hosts:
        return Verdict(Call.WAIT, "no host of this tier has reported; start its agents")
    if evidence.ready < evidence.hosts:
        return Verdict(
            Call.WAIT,
            f"{evidence.ready} of {plural(evidence.hosts, 'host')} ready; waiting for {names(evidence.stragglers, 2)}",
        )
    if evidence.smoke is None:
        return Verdict(Call.WAIT, "smoke test running")
    if evidence.alerts:
        return Verdict(Call.HOLD, evidence.alerts)
    return None


def _unknown(evidence: Evidence, policy: GatePolicy) -> Verdict | None:
    findings = evidence.findings
    if findings is None or findings.age is None:
        return Verdict(Call.WAIT, "no data: no usable sample of the error counters yet")
    if findings.age > evidence.current_for:
        gap = f" ({findings.gap})" if findings.gap else ""
        return Verdict(Call.WAIT, f"no data: last usable sample {duration(findings.age)} old{gap}")
    if not findings.newest_usable:
        return Verdict(Call.WAIT, f"no data: the newest sample is not usable ({findings.gap or 'invalid counts'})")
    if findings.recently_idle and findings.total.n1:
        return Verdict(Call.WAIT, "one build has had no recent requests")
    if evidence.missing:
        return Verdict(Call.WAIT, f"partial data: no counters from {names(evidence.missing)}")
    if findings.sample_share < policy.whole:
        return Verdict(Call.WAIT, f"partial data: {100 * findings.sample_share:.0f} % of the samples are usable")
    return None


def _immature(evidence: Evidence, policy: GatePolicy) -> Verdict | None:
    findings, least = (
        evidence.findings,
        max(1, policy.least_requests),
    )  # no traffic is no evidence, even if the config says 0
    served = evidence.serves is not Audience.NOBODY and findings is not None
    if served and findings is not None and findings.total.n1 < least:
        return Verdict(Call.WAIT, f"{findings.total.n1:,.0f} of {plural(least, 'request')} needed on the new build")
    if evidence.watched < evidence.soak:
        return Verdict(
            Call.WAIT, f"soaking, {duration(evidence.soak - evidence.watched)} of {duration(evidence.soak)} left"
        )
    if not served or findings is None:
        return None
    if findings.worse >= MAX_WORSE_FOR_GO:
        return Verdict(Call.WAIT, f"{reasons.comparison(evidence.step, findings)}; not enough evidence either way")
    enough = 1 / policy.missed
    if findings.not_worse < enough and findings.within_points < enough:
        return Verdict(Call.WAIT, reasons.wait_reason(evidence.step, findings, policy))
    return None
