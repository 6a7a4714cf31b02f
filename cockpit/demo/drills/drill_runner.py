"""Runs a drill beside the commander: injects the fault at its time, repairs it and records the times."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress

from cockpit.control.board import Board
from cockpit.demo.drills.debrief import Debrief, make_debrief
from cockpit.demo.drills.drill import REQUIRED_PROGRAMS, Drill, Fault, is_right_action
from cockpit.demo.faults import CONSUL, PROMETHEUS, application_name, land_conflicting_change, write_faults
from cockpit.demo.layout import LADDER, Layout
from cockpit.demo.summary import bad_builds
from cockpit.demo.traffic.client import ConnectionLost, Host
from cockpit.demo.traffic.load import HEALTH
from cockpit.demo.traffic.tally import Tally, read_tally
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Snapshot

REPAIR_TIME = 2.0
"""Seconds from the right action to the repair of a host or a server."""
REPAIR_TIMEOUT = 180.0
"""Seconds after which it is repaired without a right action."""
CONSUL_DOWNTIME = 6.0
"""Seconds for which Consul is down."""
POLL = 0.3
FRESH = 4.0
"""The highest age of counters, in seconds, after a recovery."""


def possible_faults() -> tuple[Fault, ...]:
    """The faults whose programs are installed on this machine."""
    return tuple(fault for fault in Fault if all(shutil.which(program) for program in REQUIRED_PROGRAMS.get(fault, ())))


class DrillRunner:
    """A running drill. `person` is the trainee."""

    def __init__(self, layout: Layout, drill: Drill, person: str, clock: Callable[[], float]) -> None:
        self._layout = layout
        self._drill = drill
        self._person = person
        self._clock = clock
        self._before = Tally()
        self.began: float | None = None
        self.recovered: float | None = None

    async def run(self, board: Board) -> None:
        """Run until the company has recovered; the board then shows the end of the drill."""
        if self._drill.fault is Fault.CONFLICT:
            await self._wait_until(board, lambda snapshot: bool(snapshot.open and snapshot.open.pulls))
            await asyncio.to_thread(land_conflicting_change, self._layout.origin)
        await self._wait_until(board, self._is_due)
        if not self._is_bad_pr:
            await asyncio.sleep(self._drill.delay)
        self._before = await asyncio.to_thread(read_tally, self._layout.tally)
        self.began = self._clock()
        self._inject()
        if self._drill.fault is Fault.CONSUL_RESTART:
            await asyncio.sleep(CONSUL_DOWNTIME)
        elif self._drill.fault in (Fault.BAD_HOST, Fault.DEAD_METRICS):
            with suppress(TimeoutError):
                async with asyncio.timeout(REPAIR_TIMEOUT):
                    await self._wait_until(board, self._trainee_acted_right)
            await asyncio.sleep(REPAIR_TIME)
        write_faults(self._layout.faults)
        await self._wait_for_recovery(board)
        self.recovered = self._clock()
        board.note_error("startup", "THE DRILL IS OVER, everything has recovered: quit for the debrief")

    def debrief(self, snapshot: Snapshot) -> Debrief:
        """The debrief. Call it after the company has ended, which writes the final tally."""
        after = read_tally(self._layout.tally)
        releases = snapshot.log.value.releases
        return make_debrief(self._drill, releases, self._person, self.began, self.recovered, self._before, after)

    @property
    def _is_bad_pr(self) -> bool:
        return self._drill.fault in (Fault.BAD_PR, Fault.CONFLICT)

    def _inject(self) -> None:
        match self._drill.fault:
            case Fault.BAD_HOST:
                write_faults(self._layout.faults, application_name(self._drill.host))
            case Fault.DEAD_METRICS:
                write_faults(self._layout.faults, PROMETHEUS)
            case Fault.CONSUL_RESTART:
                write_faults(self._layout.faults, CONSUL)
            case Fault.BAD_PR | Fault.CONFLICT:
                pass  # the release contains the fault

    def _is_due(self, snapshot: Snapshot) -> bool:
        release = snapshot.open
        if release is None or release.install or release.build is None:
            return False
        if self._is_bad_pr:
            return release.rung >= 1
        return self._drill.rung <= release.rung < len(LADDER) - 1

    def _trainee_acted_right(self, snapshot: Snapshot) -> bool:
        began = self.began
        if began is None or snapshot.latest is None:
            return False
        theirs = (event for event in snapshot.latest.events if event.at >= began and event.by == self._person)
        return any(is_right_action(event, self._drill.fault) for event in theirs)

    async def _wait_until(self, board: Board, holds: Callable[[Snapshot], bool]) -> None:
        async for snapshot in board.changes(POLL):
            if holds(snapshot):
                return

    async def _wait_for_recovery(self, board: Board) -> None:
        async for snapshot in board.changes(POLL):
            if self._has_recovered(snapshot) and (
                self._drill.fault is not Fault.BAD_HOST or await self._host_answers(snapshot)
            ):
                return

    async def _host_answers(self, snapshot: Snapshot) -> bool:
        """Whether the host that failed serves again."""
        status = snapshot.statuses.value.get(self._drill.host)
        if status is None or not status.url:
            return False
        host = Host.at(status.url)
        try:
            return (await host.send(HEALTH)).status == 200
        except (OSError, TimeoutError, ConnectionLost):
            return False
        finally:
            host.close()

    def _has_recovered(self, snapshot: Snapshot) -> bool:
        match self._drill.fault:
            case Fault.BAD_HOST:
                return True  # `_host_answers` decides
            case Fault.DEAD_METRICS:
                age = snapshot.traffic.age(snapshot.now)
                return not snapshot.traffic.error and age is not None and age < FRESH
            case Fault.CONSUL_RESTART:
                return not snapshot.log.error and not snapshot.engine.error and self._trainee_acted_right(snapshot)
            case Fault.BAD_PR | Fault.CONFLICT:
                return self._trainee_acted_right(snapshot) and self._bad_pr_is_off_all_hosts(snapshot)

    def _bad_pr_is_off_all_hosts(self, snapshot: Snapshot) -> bool:
        plan = self._layout.read_plan()
        bad = bad_builds(snapshot.log.value.releases, plan.origin.bad) if plan else frozenset()
        serving = {tier.name for tier in snapshot.policy.serving_tiers}
        hosts = [status for status in snapshot.statuses.value.values() if status.tier in serving]
        return all(status.state is HostState.SERVING and status.build not in bad for status in hosts)
