"""A deploy in memory: the real decisions, log and fold, without a store, a clock or a host.

A test calls what the engine and the hosts would do, one step after another.
"""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from cockpit.control.log_reader import LogReader
from cockpit.control.perform import writes
from cockpit.control.record_reader import read_targets
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import AnyFact, BuildReady, Call, Cut, Finished, SmokePassed
from cockpit.deploy.gate.verdict import Verdict
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.policy import GatePolicy, Policy
from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Judgement, Seen, Snapshot
from cockpit.deploy.tiers import Audience, Step, Tier
from cockpit.engine.next_work import TakeStep, next_work
from cockpit.ports import Entry, Put
from cockpit.rules import decisions

POLICY = Policy(
    app="shop",
    tiers=(
        Tier("staging", Audience.NOBODY, ("staging-1",)),
        Tier("dogfood", Audience.COMPANY, ("dogfood-1", "dogfood-2")),
        Tier("canary", Audience.PUBLIC, ("canary-1",)),
        Tier("production", Audience.PUBLIC, tuple(f"production-{n}" for n in range(1, 11))),
    ),
    ladder=(
        Step("staging", 100, 0.0),
        Step("dogfood", 100, 60.0),
        Step("canary", 100, 60.0),
        *(Step("production", percent, 60.0) for percent in (10, 25, 50, 75, 100)),
    ),
    gate=GatePolicy(),
)
NOON = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC
ADA = "ada@desk"
PULLS = tuple(
    PullRequest(n, f"Change {n}", "Lin", MergeMethod.SQUASH, (f"{n:040x}",), (f"shop/{n}.py",), NOON - 3600)
    for n in (11, 12, 13)
)


def build(number: int) -> Build:
    """The build of the commit `commit(number)`."""
    return Build(f"b{number:063x}", commit(number), 1000, 10)


def commit(number: int) -> str:
    """A commit id."""
    return f"c{number:039x}"


class Scenario:
    """A snapshot, and the methods that lead to the next one."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.snapshot = Snapshot(policy, NOON)
        self._entries: dict[str, Entry] = {}
        self._version = 0

    @property
    def release(self) -> Release:
        """The newest release."""
        assert self.snapshot.latest is not None
        return self.snapshot.latest

    def run(
        self, decide: Callable[[Snapshot, CommandRequest], Plan | Refusal], why: str = "", **fields: object
    ) -> Plan:
        """Decide and perform; a refusal fails the test."""
        request = CommandRequest(by=ADA, why=why, **fields)  # type: ignore[arg-type]
        plan = decide(self.snapshot, request)
        assert isinstance(plan, Plan), plan
        return self.perform(plan, request)

    def perform(self, plan: Plan, request: CommandRequest) -> Plan:
        """Write what `control.perform` would write."""
        self._version += 1
        for write in writes(plan, request, self.snapshot.now):
            assert isinstance(write, Put)
            at = self._entries[write.key].version if write.key in self._entries else 0
            assert write.expect == at, f"{write.key} has version {at}, the plan expects {write.expect}"
            self._entries[write.key] = Entry(write.key, write.value, self._version)
        self._read()
        return plan

    def refusal(
        self, decide: Callable[[Snapshot, CommandRequest], Plan | Refusal], why: str = "", **fields: object
    ) -> str:
        """Return the reason of a refusal; a plan fails the test."""
        answer = decide(self.snapshot, CommandRequest(by=ADA, why=why, **fields))  # type: ignore[arg-type]
        assert isinstance(answer, Refusal), answer
        return answer.reason

    def append(self, what: AnyFact) -> None:
        """The engine appends what happened."""
        self.perform(decisions.record_fact(self.snapshot, self.release, what), CommandRequest(by="engine"))

    def engine_step(self) -> None:
        """The engine takes the step that needs no decision of a person."""
        work = next_work(self.snapshot)
        assert isinstance(work, TakeStep), work
        self.perform(work.plan, CommandRequest(by="engine"))

    def wait(self, seconds: float) -> None:
        """Move the clock; every host goes on reporting."""
        now = self.snapshot.now + seconds
        beats = {h: msgspec.structs.replace(s, at=now) for h, s in self.snapshot.statuses.value.items()}
        self.snapshot = replace(self.snapshot, now=now, statuses=Seen(beats, now))

    def converge(self, *except_hosts: str) -> None:
        """Every host not in `except_hosts` runs what its target says."""
        statuses = dict(self.snapshot.statuses.value)
        for tier in self.snapshot.policy.tiers:
            placed = self.snapshot.stored_target(tier.name)
            for host in tier.hosts:
                old = statuses.get(host)
                wants = placed.target.wants(host) if placed else ""
                runs = old.build if old else ""
                state = HostState.SERVING if wants or runs else HostState.EMPTY
                if host not in except_hosts:
                    statuses[host] = Status(host, tier.name, state, self.snapshot.now, self.snapshot.now, wants or runs)
        self.snapshot = replace(self.snapshot, statuses=Seen(statuses, self.snapshot.now))

    def report(self, status: Status) -> None:
        """One host reports."""
        known = {**self.snapshot.statuses.value, status.host: status}
        self.snapshot = replace(self.snapshot, statuses=Seen(known, self.snapshot.now))

    def judge(self, call: Call, reason: str = "as the test says") -> None:
        """The engine's gate returns this verdict."""
        release = self.release
        assert release.build is not None
        verdict, step = Verdict(call, reason), release.step_number
        judgement = Judgement(self.snapshot.now, release.id, release.rung, release.build.id, verdict, step_number=step)
        self.snapshot = replace(
            self.snapshot, judgement=Seen(judgement, self.snapshot.now), engine=Seen(Holder("e"), self.snapshot.now)
        )

    def cut_and_build(self, number: int) -> None:
        """The engine cuts the branch at `commit(number)` and builds it."""
        base = self.snapshot.base_commit
        ident = self.release.id
        self.append(Cut(f"release/{ident}", ident, commit(number), base, () if self.release.install else PULLS))
        self.append(BuildReady(build(number), ident, 1.0))

    def installed(self) -> "Scenario":
        """Build 1 runs on every host: where most tests begin."""
        self.run(decisions.install)
        self.cut_and_build(1)
        self.engine_step()
        self.converge()
        self.engine_step()
        assert isinstance(self.release.events[-1].what, Finished)
        return self

    def at_staging(self) -> "Scenario":
        """After `installed`: a release of build 2 passed its smoke test."""
        self.installed().run(decisions.start)
        self.cut_and_build(2)
        self.engine_step()
        self.converge()
        self.append(SmokePassed(build(2).id, 1.0))
        return self

    def at(self, rung: int) -> "Scenario":
        """After `at_staging`: the release took every step up to `rung`, each verdict GO."""
        self.at_staging()
        while self.release.rung < rung:
            self.judge(Call.GO)
            self.run(decisions.advance)
            self.converge()
            self.wait(60)
        return self

    def _read(self) -> None:
        reader = LogReader()
        reader.set_pointer(self._entries.get(store_keys.CURRENT))
        reader.add(entry for key, entry in sorted(self._entries.items()) if key.startswith(store_keys.RELEASES))
        targets, _ = read_targets(entry for key, entry in self._entries.items() if key.startswith(store_keys.TARGETS))
        now = self.snapshot.now
        self.snapshot = replace(self.snapshot, log=Seen(reader.log, now), targets=Seen(targets, now))
