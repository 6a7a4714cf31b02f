"""The gate's sentences, in the words and numbers an engineer trusts: rates with their counts, and the tested odds."""

from cockpit.deploy.gate.findings import Findings
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.text import duration, percent, plural

NOTHING_TO_COMPARE = (
    "no old hosts and no clean history to compare with: leave some hosts on the old build, or let the engine watch "
    "this tier before the deploy"
)


def comparison(step: str, found: Findings) -> str:
    """`canary 2.31 % (230 of 9,954) vs old hosts 0.42 % over 4 min, 5.5x`."""
    pair = found.clearest
    new = _rate(pair.x1, pair.n1)
    if found.controlled:
        against = f" vs old hosts {percent(pair.x0 / pair.n0)}" if pair.n0 else ""
        base = pair.x0 / pair.n0 if pair.n0 else None
    else:
        base = found.baseline_rate
        against = (
            "" if base is None else f" vs its own {percent(base)} in {duration(60.0 * found.history_minutes)} before"
        )
    ratio = f", {pair.x1 / pair.n1 / base:.1f}x" if base and pair.n1 and pair.x1 / pair.n1 > 1.05 * base else ""
    return f"{step} {new}{against} over {duration(found.clearest_seconds)}{ratio}"


def false_alarm_rate(alpha: float) -> str:
    """How often a clean step is stopped by evidence like this: the rate that was tested, not a p-value."""
    return f"fewer than 1 clean step in {1 / alpha:,.0f} is stopped like this"


def go_reason(step: str, hosts: int, found: Findings | None, policy: GatePolicy) -> str:
    """Why it is GO."""
    if found is None:
        return f"smoke test passed, {plural(hosts, 'host')} converged"
    whole = CountPair(found.total.n1, found.total.x1, found.total.n0, found.total.x0)
    said = f"{step} {_rate(whole.x1, whole.n1)}"
    if found.controlled and whole.n0:
        said += f" vs old hosts {percent(whole.x0 / whole.n0)}"
    elif found.baseline_rate is not None:
        said += f" vs its own {percent(found.baseline_rate)} before; no old hosts to compare with"
    return f"{said} over {duration(found.watched)}; {_excluded(found, policy)}"


def wait_reason(step: str, found: Findings, policy: GatePolicy) -> str:
    """How much is still needed for GO."""
    said = comparison(step, found)
    aim = f"to exclude {policy.excluded:g}x or +{100 * policy.points:g} point"
    if found.requests_needed is None or found.requests_needed > 1e9:
        return f"{said}; cannot be told apart from {policy.excluded:g}x yet"
    requests = max(1, round(found.requests_needed))
    time = f" ({duration(requests / found.request_rate)})" if found.request_rate > 0 else ""
    return f"{said}; about {plural(requests, 'request')}{time} more {aim}"


def _excluded(found: Findings, policy: GatePolicy) -> str:
    sure = f"at {100 * (1 - policy.missed):g} %"
    if found.not_worse >= 1 / policy.missed:
        return f"{policy.excluded:g}x worse is excluded {sure}"
    return f"+{100 * policy.points:g} point is excluded {sure}, {policy.excluded:g}x is not"


def _rate(errors: float, requests: float) -> str:
    return f"{percent(errors / requests)} ({errors:,.0f} of {requests:,.0f})" if requests else "no requests"


__all__ = ["NOTHING_TO_COMPARE", "comparison", "false_alarm_rate", "go_reason", "percent", "wait_reason"]
