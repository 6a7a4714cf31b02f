"""The gate on a trace from a file: the same observation and the same `judge` as live, poll by poll."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

from cockpit.deploy.gate.counts_file import CountsTrace
from cockpit.deploy.gate.findings import Findings, evaluate
from cockpit.deploy.gate.observation import Observation, add_poll, begin_step
from cockpit.deploy.gate.polls import CounterPolls, CountPolls, sample_interval
from cockpit.deploy.gate.verdict import Evidence, Verdict, judge
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.tiers import Audience

MIN_INTERVAL = 1.0
"""The shortest seconds between polls after the last row."""


@dataclass(frozen=True)
class ReplayTimes:
    """When to poll."""

    every: float | None = None
    """Seconds between polls; None to poll at every distinct t >= 0."""
    until: float | None = None
    """The time of the last poll, also after the last row; None for the time of the last row."""


@dataclass(frozen=True)
class Tick:
    """The verdict at one poll."""

    t: float
    verdict: Verdict
    findings: Findings
    dropped: int

    def as_json(self) -> dict[str, object]:
        """{"t", "verdict", "reason", "evidence"}."""
        findings, total = self.findings, self.findings.total
        evidence: dict[str, object] = {"new": {"requests": _number(total.n1), "errors": _number(total.x1)}}
        if findings.controlled:
            evidence["control"] = {"requests": _number(total.n0), "errors": _number(total.x0)}
        evidence |= {
            "worse": float(f"{findings.worse:.4g}"),
            "not_worse": float(f"{findings.not_worse:.4g}"),
            "no_points": float(f"{findings.within_points:.4g}"),
            "dispersion": round(findings.dispersion, 3),
            "history_minutes": findings.history_minutes,
            "watched": round(findings.watched, 3),
            "age": None if findings.age is None else round(findings.age, 3),
            "samples": round(findings.sample_share, 3),
            "hosts": list(findings.outlier_hosts),
            "dropped": self.dropped,
        }
        return {"t": _number(self.t), "verdict": self.verdict.call, "reason": self.verdict.reason, "evidence": evidence}

    def line(self) -> str:
        """A line of text: time, verdict, reason."""
        return f"{self.t:>8g} s  {self.verdict.call:<9}  {self.verdict.reason}"


def verdicts(trace: CountsTrace, policy: GatePolicy, soak: float, times: ReplayTimes = ReplayTimes()) -> Iterator[Tick]:
    """The verdict at every poll, from the rows that had arrived by then."""
    source = CounterPolls(trace) if trace.counters else CountPolls(trace)
    observation, seen_lost = Observation(), 0
    for now in _polls(trace, times):
        for poll in source.until(now):
            if poll.at >= 0 and observation.step_began_at is None and not (trace.counters and poll.at == 0):
                observation = begin_step(observation, 0.0, policy)
            observation = add_poll(observation, poll, policy)
        if observation.step_began_at is None and not trace.counters:
            observation = begin_step(observation, 0.0, policy)
        while seen_lost < len(trace.lost_at) and trace.lost_at[seen_lost] <= now:
            seen_lost += 1
        yield _tick(now, observation, source, policy, soak, seen_lost)


def _tick(
    now: float, observation: Observation, source: CounterPolls | CountPolls, policy: GatePolicy, soak: float, lost: int
) -> Tick:
    findings = evaluate(observation, now, source.interval, policy)
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
        findings=findings,
        stale_after=fresh,
        current_for=min(fresh, source.current_for),
    )
    return Tick(now, judge(evidence, policy), findings, observation.dropped + lost)


def _polls(trace: CountsTrace, times: ReplayTimes) -> Iterator[float]:
    """The times of the polls, ascending."""
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
        step = max(MIN_INTERVAL, sample_interval(list(ticks)))
        yield from (last + k * step for k in range(1, ceil((until - last) / step)))
        yield until


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
