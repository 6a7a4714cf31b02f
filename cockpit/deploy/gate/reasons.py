"""The reasons of verdicts: rates with their counts, and how sure the test is."""

from cockpit.deploy.gate.findings import Findings
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.text import duration, percent, plural

NOTHING_TO_COMPARE = (
    "no old hosts and no clean history to compare with: leave some hosts on the old build, or let the engine watch "
    "this tier before the deploy"
)


def comparison(step: str, findings: Findings) -> str:
    """`canary 2.31 % (230 of 9,954) vs old hosts 0.42 % over 4 min, 5.5x`."""
    pair = findings.clearest
    new = _rate(pair.x1, pair.n1)
    if findings.controlled:
        against = f" vs old hosts {percent(pair.x0 / pair.n0)}" if pair.n0 else ""
        base = pair.x0 / pair.n0 if pair.n0 else None
    else:
        base = findings.baseline_rate
        against = (
            ""
            if base is None
            else f" vs its own {percent(base)} ({duration(60.0 * findings.history_minutes)} of history)"
        )
    ratio = f", {pair.x1 / pair.n1 / base:.1f}x" if base and pair.n1 and pair.x1 / pair.n1 > 1.05 * base else ""
    return f"{step} {new}{against} over {duration(findings.clearest_seconds)}{ratio}"


def false_alarm_rate(alpha: float) -> str:
    """How often a clean step is stopped by such evidence: the tested rate, not a p-value."""
    return f"fewer than 1 clean step in {1 / alpha:,.0f} is stopped like this"


def go_reason(step: str, hosts: int, findings: Findings | None, policy: GatePolicy) -> str:
    """Why the verdict is GO."""
    if findings is None:
        return f"smoke test passed, {plural(hosts, 'host')} ready"
    total = findings.total
    text = f"{step} {_rate(total.x1, total.n1)}"
    if findings.controlled and total.n0:
        text += f" vs old hosts {percent(total.x0 / total.n0)}"
    elif findings.baseline_rate is not None:
        text += f" vs its own {percent(findings.baseline_rate)} before; no old hosts to compare with"
    return f"{text} over {duration(findings.watched)}; {_exclusion(findings, policy)}"


def wait_reason(step: str, findings: Findings, policy: GatePolicy) -> str:
    """What is still needed for GO."""
    text = comparison(step, findings)
    aim = f"to rule out {policy.excluded:g}x or +{100 * policy.points:g} points"
    if findings.requests_needed is None or findings.requests_needed > 1e9:
        return f"{text}; {policy.excluded:g}x worse is still possible"
    requests = max(1, round(findings.requests_needed))
    time = f" ({duration(requests / findings.request_rate)})" if findings.request_rate > 0 else ""
    return f"{text}; about {plural(requests, 'request')}{time} more {aim}"


def _exclusion(findings: Findings, policy: GatePolicy) -> str:
    sure = f"({100 * (1 - policy.missed):g} % sure)"
    if findings.not_worse >= 1 / policy.missed:
        return f"not {policy.excluded:g}x worse {sure}"
    return f"not worse by {100 * policy.points:g} points {sure}; {policy.excluded:g}x worse is still possible"


def _rate(errors: float, requests: float) -> str:
    return f"{percent(errors / requests)} ({errors:,.0f} of {requests:,.0f})" if requests else "no requests"


__all__ = ["NOTHING_TO_COMPARE", "comparison", "false_alarm_rate", "go_reason", "percent", "wait_reason"]
