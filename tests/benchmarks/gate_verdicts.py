"""Error rates and detection times of the gate, beside simpler rules.

Run `python -m tests.benchmarks.gate_verdicts [--steps N] [--seed N]`: 20,000 clean steps take about ten minutes on two
cores, `--steps 500` less than one. Every trace has a seed of its own, and all judges get the same traces.

Errors are independent (Poisson), clustered (geometric clusters within a poll), gusty (each group's rate is redrawn
every minute) or drifting (both rates swing threefold within half an hour, plus clusters). Dispersion, 1 to 10, is the
variance of the errors relative to independent ones. lambda is the canary's requests a second times the base rate.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, exp, inf, log, pi, sin, sqrt
from multiprocessing import get_context
from random import Random
from statistics import median

from cockpit.deploy.facts import Call
from cockpit.deploy.gate.findings import evaluate
from cockpit.deploy.gate.observation import Observation, Poll, add_poll, begin_step
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.gate.verdict import Evidence, judge
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.tiers import Audience

POLICY = GatePolicy()
DT = 5.0
SHARES = (0.02, 0.10, 0.25, 0.50, 0.75)
"""The new build's share of the traffic in the five steps of a deploy."""
NOISES = ("independent", "clustered", "gusty", "drifting")
HISTORY = 60
"""Minutes."""


def poisson(dice: Random, mean: float) -> int:
    """A Poisson draw; the normal approximation from 60 on."""
    if mean > 60:
        return max(0, round(dice.gauss(mean, sqrt(mean))))
    limit, product, k = exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        k += 1
    return k


@dataclass
class SimulatedTraffic:
    """The traffic of a fleet, its errors and their noise."""

    dice: Random
    rps: float
    base: float
    noise: str = "independent"
    dispersion: float = 1.0
    share: float = 0.02

    def __post_init__(self) -> None:
        self._phase = self.dice.random() * 2 * pi
        self._gusts: dict[tuple[int, int], float] = {}

    def pair(self, at: float, seconds: float, worse: float = 1.0) -> CountPair:
        """The counts of both groups in the interval that ends at `at`; the new build fails `worse` times as often."""
        total = self.rps / 0.02
        n1 = poisson(self.dice, total * self.share * seconds)
        n0 = poisson(self.dice, total * (1 - self.share) * seconds)
        swing = exp(0.55 * sin(2 * pi * at / 1800 + self._phase)) if self.noise == "drifting" else 1.0
        gusts = self._gust(0, at, total * self.share), self._gust(1, at, total * (1 - self.share))
        rates = [self.base * swing * worse * gusts[0], self.base * swing * gusts[1]]
        return CountPair(n1, min(n1, self._errors(n1 * rates[0])), n0, min(n0, self._errors(n0 * rates[1])))

    def _errors(self, mean: float) -> int:
        if self.noise in ("independent", "gusty") or self.dispersion <= 1:
            return poisson(self.dice, mean)
        size = (self.dispersion + 1) / 2  # geometric clusters of this mean have E[k^2] / E[k] = dispersion
        again = 1 - 1 / size
        clusters = poisson(self.dice, mean / size)
        return sum(1 + int(log(1 - self.dice.random()) / log(again)) for _ in range(clusters))

    def _gust(self, group: int, at: float, rps: float) -> float:
        if self.noise != "gusty" or self.dispersion <= 1:
            return 1.0
        key = (group, int(at // 60))
        if key not in self._gusts:
            variance = (self.dispersion - 1) / (rps * self.base * 60)  # of the rate: gives the errors this dispersion
            self._gusts[key] = self.dice.gammavariate(1 / variance, variance)
        return self._gusts[key]


def history(traffic: SimulatedTraffic) -> list[CountPair]:
    """An hour of clean counts by the minute."""
    return [traffic.pair(60.0 * (m - HISTORY), 60.0) for m in range(HISTORY)]


class Gate:
    """The gate of cockpit."""

    def __init__(self, past: list[CountPair]) -> None:
        self.observation = Observation()
        for m, pair in enumerate(past):
            self.observation = add_poll(self.observation, Poll(60.0 * (m - len(past)), pair), POLICY)

    def step(self, at: float) -> None:
        self.observation = begin_step(self.observation, at, POLICY)

    def look(self, at: float, since: float, pair: CountPair) -> Call:
        self.observation = add_poll(self.observation, Poll(at, pair), POLICY)
        findings = evaluate(self.observation, at, DT, POLICY)
        evidence = Evidence("new", Audience.PUBLIC, at - since, 0, 1, 1, 1, smoke="", findings=findings)
        return judge(evidence, POLICY).call


class Threshold:
    """More than 1 % of the new build's requests of the last minute fail."""

    def __init__(self, past: list[CountPair]) -> None:
        self.last: list[CountPair] = []

    def step(self, at: float) -> None:
        self.last = []

    def look(self, at: float, since: float, pair: CountPair) -> Call:
        self.last = [*self.last[-11:], pair]
        n, x = sum(p.n1 for p in self.last), sum(p.x1 for p in self.last)
        return Call.ROLL_BACK if n and x / n > 0.01 else Call.GO


class LastHour:
    """z >= 3 of the last minute against the tier's own last hour."""

    def __init__(self, past: list[CountPair]) -> None:
        self.rate = (sum(p.x1 for p in past) + 1) / (sum(p.n1 for p in past) + 1)
        self.last: list[CountPair] = []

    def step(self, at: float) -> None:
        self.last = []

    def look(self, at: float, since: float, pair: CountPair) -> Call:
        self.last = [*self.last[-11:], pair]
        n, x = sum(p.n1 for p in self.last), sum(p.x1 for p in self.last)
        return Call.ROLL_BACK if n and (x - n * self.rate) / sqrt(n * self.rate) >= 3 else Call.GO


class ZTest:
    """A two-proportion z-test of the whole step, one-sided at 5 %, at every poll."""

    def __init__(self, past: list[CountPair]) -> None:
        self.total = CountPair(0, 0, 0, 0)

    def step(self, at: float) -> None:
        self.total = CountPair(0, 0, 0, 0)

    def look(self, at: float, since: float, pair: CountPair) -> Call:
        t = self.total = self.total + pair
        pooled = (t.x1 + t.x0) / (t.n1 + t.n0)
        spread = sqrt(pooled * (1 - pooled) * (1 / t.n1 + 1 / t.n0)) if t.n1 and t.n0 else 0.0
        return Call.ROLL_BACK if spread and (t.x1 / t.n1 - t.x0 / t.n0) / spread >= 1.645 else Call.GO


JUDGES: tuple[tuple[str, type], ...] = (
    ("gate", Gate),
    ("over 1 %", Threshold),
    ("z >= 3, last hour", LastHour),
    ("z-test, every poll", ZTest),
)


@dataclass(frozen=True)
class Deploy:
    """A simulated deploy: a clean one, or one step of a bad one."""

    seed: int
    noise: str
    dispersion: float
    rps: float
    base: float
    worse: float = 1.0
    steps: int = 5
    duration: float = 300.0
    judges: tuple[int, ...] = (0, 1, 2, 3)


def simulate(deploy: Deploy) -> list[dict[str, float]]:
    """For each judge, the time of its first ROLL BACK, HOLD and GO; inf for never."""
    simulated = SimulatedTraffic(Random(deploy.seed), deploy.rps, deploy.base, deploy.noise, deploy.dispersion)
    past = history(simulated)
    judges = [JUDGES[k][1](past) for k in deploy.judges]
    firsts = [dict.fromkeys(("ROLL BACK", "HOLD", "GO"), inf) for _ in judges]
    now = 0.0
    for share in SHARES[: deploy.steps]:
        simulated.share = share
        began = now
        for judge_ in judges:
            judge_.step(now)
        for k in range(1, int(deploy.duration / DT) + 1):
            now = began + k * DT
            pair = simulated.pair(now, DT, deploy.worse)
            for first, judge_ in zip(firsts, judges, strict=True):
                call = judge_.look(now, began, pair)
                if call in first and first[call] == inf:
                    first[call] = now
    return [dict(first) for first in firsts]


def parallel(
    function: Callable[[Deploy], list[dict[str, float]]], deploys: list[Deploy]
) -> Iterator[list[dict[str, float]]]:
    """The results in order, computed on all cores."""
    with get_context("fork").Pool() as pool:
        yield from pool.imap(function, deploys, chunksize=8)


def print_false_alarms(count: int, seed: int) -> None:
    """False alarms per 1,000 clean five-step deploys."""
    print(f"\nclean deploys of five steps, stopped per 1,000 (HOLD or worse in brackets); {5 * count:,} steps")
    print(f"{'noise':<14}{'deploys':>8}" + "".join(f"{name:>22}" for name, _ in JUDGES))
    per = count // len(NOISES)
    for noise in NOISES:
        dice = Random(f"{seed} {noise}")
        deploys = [Deploy(dice.getrandbits(60), noise, dice.uniform(1, 10), *traffic(dice)) for _ in range(per)]
        results = list(parallel(simulate, deploys))
        row = ""
        for k, (name, _) in enumerate(JUDGES):
            back = sum(r[k]["ROLL BACK"] < inf for r in results)
            held = sum(min(r[k]["ROLL BACK"], r[k]["HOLD"]) < inf for r in results)
            row += (
                f"{1000 * back / per:>13.1f} ({1000 * held / per:6.1f})"
                if name == "gate"
                else f"{1000 * back / per:>22.1f}"
            )
        print(f"{noise:<14}{per:>8}{row}", flush=True)


def traffic(dice: Random) -> tuple[float, float]:
    """(canary requests a second, base error rate): 1 to 200 and 0.02 % to 0.8 %, spread over the decades."""
    return exp(dice.uniform(log(1), log(200))), exp(dice.uniform(log(2e-4), log(8e-3)))


def bound(rate: float, worse: float) -> float:
    """The mean seconds of any test at this level: log(1/alpha) over the Kullback-Leibler rate."""
    return log(1 / POLICY.certain) / (rate * (worse * log(worse) - worse + 1))


def print_detection_times(count: int, seed: int) -> None:
    """The median time to ROLL BACK at the canary."""
    print(f"\ncanary at 2 %: median seconds to ROLL BACK ({count} each), and the number without one")
    print(f"{'noise':<14}{'lambda':>7}{'worse':>6}{'bound':>7}{'target':>8}" + "".join(f"{n:>22}" for n, _ in JUDGES))
    mixed: dict[float, list[float]] = {}
    for noise, worse in (
        ("independent", 2.0),
        ("independent", 5.0),
        ("clustered", 5.0),
        ("gusty", 5.0),
        ("drifting", 5.0),
    ):
        for rate in (0.1, 0.3, 1.0, 3.0):
            dice = Random(f"{seed} {noise} {worse} {rate}")
            best = bound(rate, worse)
            target = max(40, 3 * best) if noise == "independent" else max(60, 8 * best)
            duration = ceil(max(120, 3 * target) / DT) * DT
            deploys = []
            for _ in range(count):
                base = exp(dice.uniform(log(1e-3), log(8e-3)))
                size = 1.0 if noise == "independent" else dice.uniform(1, 10)
                deploys.append(Deploy(dice.getrandbits(60), noise, size, rate / base, base, worse, 1, duration))
            results = list(parallel(simulate, deploys))
            row = ""
            for k in range(len(JUDGES)):
                times = [r[k]["ROLL BACK"] for r in results]
                row += f"{median(times):>13.0f} {sum(t == inf for t in times):>8}"
            if worse == 5:
                mixed.setdefault(rate, []).extend(r[0]["ROLL BACK"] for r in results)
            go = sum(r[0]["GO"] < inf for r in results)
            print(f"{noise:<14}{rate:>7}{worse:>6.0f}{best:>7.0f}{target:>8.0f}{row}   GO {go}", flush=True)
    for rate, times in mixed.items():
        best = bound(rate, 5.0)
        print(f"{'all noises':<14}{rate:>7}{5:>6}{best:>7.0f}{max(60, 8 * best):>8.0f}{median(times):>13.0f}")


def print_missed_regressions(count: int, seed: int) -> None:
    """GO for a build that fails five times as often."""
    print(f"\nGO while 5x worse, in steps of 10 min ({count} each)")
    print(f"{'noise':<14}" + "".join(f"{name:>22}" for name, _ in JUDGES))
    for noise in NOISES:
        dice = Random(f"{seed} {noise} gone")
        deploys = []
        for _ in range(count):
            rps, base = exp(dice.uniform(0, log(100))), exp(dice.uniform(log(1e-3), log(8e-3)))
            deploys.append(Deploy(dice.getrandbits(60), noise, dice.uniform(1, 10), rps, base, 5.0, 1, 600.0))
        results = list(parallel(simulate, deploys))
        print(
            f"{noise:<14}" + "".join(f"{sum(r[k]['GO'] < inf for r in results):>22}" for k in range(len(JUDGES))),
            flush=True,
        )


def main(argv: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000, help="clean steps to simulate")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    print_detection_times(max(30, options.steps // 100), options.seed)
    print_missed_regressions(max(50, options.steps // 20), options.seed)
    print_false_alarms(options.steps // 5, options.seed)


if __name__ == "__main__":
    main(sys.argv[1:])
