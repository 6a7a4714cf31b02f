"""Properties of the decisions, over random sequences of commands and facts.

Nothing asked for is forgotten; nothing reverted is served; a build marked bad is no way back; a plan that is offered is
accepted; a refusal names a way out that is accepted; a release reaches an end from every state.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as put

from cockpit.control.command_table import COMMAND_TABLE
from cockpit.control.log_reader import LogReader
from cockpit.control.record_reader import read_targets
from cockpit.deploy import facts, store_keys
from cockpit.deploy.build_marks import flaws
from cockpit.deploy.facts import Call
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Plan, Refusal, WriteTarget
from cockpit.deploy.release import End
from cockpit.deploy.rollback_choice import carried_builds
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.next_work import CutBranch, MakeBuild, RevertPull, RunSmoke, TakeStep, WithdrawRevert, next_work
from cockpit.rules import decisions
from cockpit.rules.targets import serving_now
from tests.scenario import ADA, PULLS, Scenario, build, commit

VERBS: dict[str, Callable[[Snapshot, CommandRequest], Decision]] = {
    command.verb: command.rule for command in COMMAND_TABLE if command.rule.__module__.startswith(decisions.__name__)
}
NAMED = re.compile(r"`([a-z-]+)`|\b(resume|abandon|finish)\b")
"""The verbs that a refusal names."""
COMMANDS = ("start", "advance", "hold", "resume", "revert", "rollback", "finish", "abandon", "reject", "withdraw")
FACTS = ("climb", "climb", "climb", "work", "work", "work", "fail", "fail", "serve", "stop a host", "wait", *Call)
SEQUENCES = st.lists(st.tuples(st.sampled_from((*COMMANDS, *FACTS)), st.integers(0, 3)), max_size=25)
PROFILE = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


class Deploys(Scenario):
    """A scenario that obeys the engine's work and checks every plan."""

    def __init__(self) -> None:
        self._reader = LogReader()
        self._number = 1
        self.contents: dict[str, frozenset[str]] = {}
        """The PRs in each build, by its id."""
        super().__init__()
        self.installed()

    def begin_alone(self) -> None:
        """Share nothing that changes with the fleet that this one is a copy of."""
        self._reader, self._entries, self.contents = LogReader(), dict(self._entries), dict(self.contents)

    def act(self, name: str, choice: int) -> None:
        """Give the command or let the fact happen."""
        if name in COMMANDS:
            self.command(name, choice)
        elif name in list(Call):
            if self.snapshot.open and self.release.build:
                self.judge(Call(name))
        elif name == "climb":
            self.climb(choice)
        elif name in {"work", "fail"}:
            self.work(fails=name == "fail")
        elif name == "serve":
            self.converge()
        elif name == "stop a host":
            host = list(self.snapshot.statuses.value.values())[choice]
            self.report(put(host, state=HostState.FAILED, failed=host.build))
        else:
            self.wait(20.0 * choice)

    def command(self, verb: str, choice: int) -> None:
        """Give a command; a refusal must name a way out that is accepted, if it names one."""
        request = self.request(choice)
        before = self.snapshot
        decided = VERBS[verb](before, request)
        assert decided == VERBS[verb](before, request)
        if isinstance(decided, Refusal):
            named = {first or second for first, second in NAMED.findall(decided.reason)} & VERBS.keys()
            assert not named or any(map(self.is_accepted, named)), f"{verb} refused: {decided.reason}"
            return
        if verb not in {"advance", "start"}:
            self.leaves_no_bad_build(decided)
        self.perform(decided, request)

    def request(self, choice: int) -> CommandRequest:
        """A person's request with every argument that any command takes."""
        releases = self.snapshot.log.value.releases
        named = "" if choice == 0 else releases[-min(choice, len(releases))].id
        pull = PULLS[choice % len(PULLS)].number
        return CommandRequest(ADA, "as the test says", override=True, pull=pull, until="1h", release=named)

    def is_accepted(self, verb: str) -> bool:
        """Whether the verb is accepted with some arguments, now or after a minute."""
        later = self.snapshot.at(self.snapshot.now + 60.0)
        choices = map(self.request, range(4))
        return any(isinstance(VERBS[verb](at, each), Plan) for each in choices for at in (self.snapshot, later))

    def leaves_no_bad_build(self, plan: Plan) -> None:
        """No plan that takes tiers back restores a build that was marked bad before."""
        bad = flaws(self.snapshot.log.value.releases)
        back = {step.target.build for step in plan.steps if isinstance(step, WriteTarget)}
        recorded = {type(step.what) for step in plan.steps if isinstance(step, AppendEvent)}
        if not recorded & {facts.Resumed}:
            assert back.isdisjoint(bad), plan.title

    def climb(self, steps: int) -> None:
        """All goes well for some steps, of a new release if none is open."""
        if self.snapshot.open is None:
            self.command("resume", 0)
            self.command("start", 0)
        for _ in range(steps + 1):
            for _ in range(4):
                self.work()
                self.converge()
            if not (self.snapshot.open and self.release.build):
                return
            self.judge(Call.GO)
            self.command("finish" if self.release.on_last_step else "advance", 0)

    def work(self, fails: bool = False) -> None:
        """The engine does its next work, or fails in it."""
        work = next_work(self.snapshot)
        match work:
            case TakeStep():
                self.perform(work.plan, CommandRequest(by="engine"))
            case CutBranch(release=ident):
                cut = facts.Cut(f"release/{ident}", ident, self.tip(), self.snapshot.base_commit, PULLS)
                self.append(facts.CutFailed("no route") if fails else cut)
            case MakeBuild(commit=tip, tag=tag):
                made = put(build(int(tip[1:], 16)), commit=tip)
                self.append(facts.BuildFailed(tip, "exit 1") if fails else facts.BuildReady(made, tag, 1.0))
                pulls = frozenset(pull.name for pull in self.release.pulls)
                self.contents[made.id] = pulls.difference(self.release.reverted_names)
            case RevertPull(pull=pull, tag=tag):
                done = facts.Reverted(pull.number, ("r" * 40,), (self.tip(),), tag)
                self.append(facts.RevertFailed(pull.number, "conflicts", pull.files) if fails else done)
            case RunSmoke(build=tested):
                self.append(facts.SmokeFailed(tested, "500") if fails else facts.SmokePassed(tested, 1.0))
            case WithdrawRevert(revert=RevertPull(pull=pull, tag=tag)):
                done = facts.Reverted(pull.number, ("r" * 40,), (self.tip(),), tag)
                self.append(done if fails else facts.RevertWithdrawn(pull.number, pull.name))
            case _:
                pass

    def tip(self) -> str:
        """A new commit."""
        self._number += 1
        return commit(self._number)

    def check(self) -> None:
        """What holds in every state."""
        release = self.release
        asked = {event.what.pull.name for event in release.events if isinstance(event.what, facts.RevertAsked)}
        pending = {revert.pull.name for revert in release.pending_reverts}
        failed = {facts.pull_name(revert) for revert in release.failed_reverts}
        withdrawn = {e.what.name for e in release.events if isinstance(e.what, facts.WithdrawalAsked)}
        settled = {*release.reverted_names, *release.kept_names, *withdrawn}
        assert release.end or asked <= pending | failed | settled, "a revert that was asked for is forgotten"
        targets = self.snapshot.targets.value
        served = {build for tier in serving_now(self.snapshot) for build in carried_builds(targets[tier].target)}
        inside = {name for made in release.builds if made.id in served for name in self.contents[made.id]}
        if not release.end:
            assert inside.isdisjoint({*pending, *release.reverted_names}), "a reverted PR is served"
        rejected = self.snapshot.log.value.rejected
        good = {good.builds[-1].id for good in self.snapshot.good_releases}
        assert good, "no build to go back to"
        assert good.isdisjoint(rejected)
        assert served.isdisjoint(rejected), "a rejected build is served"

    def reaches_an_end(self) -> None:
        """From every state: the release is closed, and the next one starts and finishes."""
        if self.snapshot.open:
            self.run(decisions.abandon)
        assert not self.snapshot.open
        while self.release.unsettled_reverts:
            self.work()
        if self.release.held:
            self.run(decisions.resume)
        self.command("start", 0)
        assert self.snapshot.open, VERBS["start"](self.snapshot, self.request(0))
        for _ in range(3):
            if self.snapshot.open:
                self.climb(3)
        assert self.release.end is End.FINISHED

    def _read(self) -> None:
        """Read what is new; the whole log at every step would take most of the time."""
        self._reader.set_pointer(self._entries.get(store_keys.CURRENT))
        events = sorted(entry for entry in self._entries.items() if entry[0].startswith(store_keys.RELEASES))
        self._reader.add(entry for _, entry in events)
        targets, _ = read_targets(entry for key, entry in self._entries.items() if key.startswith(store_keys.TARGETS))
        now = self.snapshot.now
        self.snapshot = replace(self.snapshot, log=Seen(self._reader.log, now), targets=Seen(targets, now))


@cache
def finished_once() -> Deploys:
    """A fleet on whose first build another release has finished."""
    deploys = Deploys()
    deploys.contents = {made.id: frozenset() for made in deploys.release.builds}
    while len(deploys.snapshot.good_releases) < 2:
        deploys.climb(3)
    return deploys


def begin() -> Deploys:
    """A fleet of its own in that state."""
    deploys = copy.copy(finished_once())
    deploys.begin_alone()
    return deploys


def play(sequence: list[tuple[str, int]]) -> None:
    """Play one sequence and check each state."""
    deploys = begin()
    for name, choice in sequence:
        deploys.act(name, choice)
        deploys.check()
    deploys.reaches_an_end()
    deploys.check()


@settings(PROFILE, max_examples=100)
@given(SEQUENCES)
def test_no_sequence_breaks_a_property(sequence: list[tuple[str, int]]) -> None:
    play(sequence)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(PROFILE, max_examples=10_000)
@given(SEQUENCES)
def test_ten_thousand_sequences_break_no_property(sequence: list[tuple[str, int]]) -> None:
    play(sequence)
