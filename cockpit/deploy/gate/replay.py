"""The gate on a trace from a file: the same watch and the same `judge` as live, poll by poll."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

from cockpit.deploy.gate.counts_file import CountsTrace
from cockpit.deploy.gate.findings import Findings, findings
from cockpit.deploy.gate.observation import Observation, add_poll, begin_step
from cockpit.deploy.gate.polls import CounterPolls, CountPolls, sample_interval
from cockpit.deploy.gate.verdict import Evidence, Verdict, judge
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.tiers import Audience

SHORTEST = 1.0
"""Seconds between polls once no rows arrive any more."""


@dataclass(frozen=True)
class ReplayTimes:
    """When to poll."""

    every: float | None = None
    """Seconds; None for every distinct t >= 0."""
    until: float | None = None
    """The last poll, also where no rows arrive any more; None for the last row's."""


@dataclass(frozen=True)
class Tick:
    """The verdict at one poll."""

    t: float
    verdict: Verdict
    findings: Findings
    dropped: int

    def as_json(self) -> dict[str, object]:
        """{"t", "verdict", "reason", "evidence"}."""
        found, total = self.findings, self.findings.total
        evidence: dict[str, object] = {"new": {"requests": _number(total.n1), "errors": _number(total.x1)}}
        if found.controlled:
            evidence["control"] = {"requests": _number(total.n0), "errors": _number(total.x0)}
        evidence |= {
            "worse": float(f"{found.worse:.4g}"),
            "not_worse": float(f"{found.not_worse:.4g}"),
            "no_points": float(f"{found.within_points:.4g}"),
            "dispersion": round(found.dispersion, 3),
            "history_minutes": found.history_minutes,
            "watched": round(found.watched, 3),
            "age": None if found.age is None else round(found.age, 3),
            "samples": round(found.sample_share, 3),
            "hosts": list(found.outlier_hosts),
            "dropped": self.dropped,
        }
        return {"t": _number(self.t), "verdict": self.verdict.call, "reason": self.verdict.reason, "evidence": evidence}

    def line(self) -> str:
        """For people: time, verdict, reason."""
        return f"{self.t:>8g} s  {self.verdict.call:<9}  {self.verdict.reason}"


def verdicts(trace: CountsTrace, policy: GatePolicy, soak: float, times: ReplayTimes = ReplayTimes()) -> Iterator[Tick]:
    """The verdict at every poll, each from what had arrived by then."""
    source = CounterPolls(trace) if trace.counters else CountPolls(trace)
    watch, seen_lost = Observation(), 0
    for now in _polls(trace, times):
        for poll in source.until(now):
            if poll.at >= 0 and watch.began is None and not (trace.counters and poll.at == 0):
                watch = begin_step(watch, 0.0, policy)
            watch = add_poll(watch, poll, policy)
        if watch.began is None and not trace.counters:
            watch = begin_step(watch, 0.0, policy)
        while seen_lost < len(trace.lost_at) and trace.lost_at[seen_lost] <= now:
            seen_lost += 1
        yield _tick(now, watch, source, policy, soak, seen_lost)


def _tick(
    now: float, watch: Observation, source: CounterPolls | CountPolls, policy: GatePolicy, soak: float, lost: int
) -> Tick:
    found = findings(watch, now, source.interval, policy)
    fresh = max(policy.fresh, 2 * source.interval)
    evidence = Evidence(
        step="new build",
        serves=Audience.PUBLIC,
        watched=now,
        soak=soak,
        desired=1,
        ready=1,
        hosts=1,
        smoke="",
        findings=found,
        stale_after=fresh,
        current_for=min(fresh, source.current_for),
    )
    return Tick(now, judge(evidence, policy), found, watch.dropped + lost)


def _polls(trace: CountsTrace, times: ReplayTimes) -> Iterator[float]:
    """The instants of the polls, ascending."""
    ticks = trace.ticks
    last = ticks[-1] if ticks else 0.0
    if times.every is not None:
        end = times.until if times.until is not None else last
        count = floor(end / times.every + 1e-9) if times.until is not None else ceil(end / times.every - 1e-9)
        yield from (k * times.every for k in range(count + 1)) if ticks or times.until is not None else ()
        return
    until = times.until
    yield from (t for t in ticks if until is None or t <= until)
    if until is not None and until > last:
        step = max(SHORTEST, sample_interval(list(ticks)))
        yield from (last + k * step for k in range(1, ceil((until - last) / step)))
        yield until


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
