"""Runs a drill beside whoever commands: waits for its moment, breaks what is to break, mends it once the right thing
was done, and keeps the times."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress

from cockpit.control.board import Board
from cockpit.demo.drills.debrief import Debrief, debrief
from cockpit.demo.drills.drill import NEEDS, Drill, Fault, is_right
from cockpit.demo.faults import CONSUL, PROMETHEUS, application, land_rival, write_faults
from cockpit.demo.layout import LADDER, Layout
from cockpit.demo.shop_history import Story
from cockpit.demo.summary import bad_builds
from cockpit.demo.traffic.client import ConnectionLost, Host
from cockpit.demo.traffic.load import HEALTH
from cockpit.demo.traffic.tally import Tally, read_tally
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Snapshot

MENDED = 2.0
"""Seconds that the colleagues of a host or a server need once the commander holds."""
GIVEN = 180.0
"""Seconds after which they mend it although the commander does nothing."""
AWAY = 6.0
"""Seconds that Consul is away."""
LOOK = 0.3
FRESH = 4.0
"""Seconds that counters may be old where they are read again."""


def possible() -> tuple[Fault, ...]:
    """The faults that can happen on this machine."""
    return tuple(fault for fault in Fault if all(shutil.which(program) for program in NEEDS.get(fault, ())))


class DrillRunner:
    """One drill as it goes. `person` is the trainee."""

    def __init__(self, layout: Layout, drill: Drill, person: str, clock: Callable[[], float]) -> None:
        self._layout = layout
        self._drill = drill
        self._person = person
        self._clock = clock
        self._before = Tally()
        self._snapshot: Snapshot | None = None
        self.began: float | None = None
        self.restored: float | None = None

    async def run(self, board: Board) -> None:
        """Until all is well again; then the screen says so."""
        if self._drill.fault is Fault.CONFLICT:
            await self._until(board, lambda snapshot: bool(snapshot.open and snapshot.open.pulls))
            await asyncio.to_thread(land_rival, self._layout.origin)
        await self._until(board, self._is_due)
        if self._drill.story is Story.CLEAN:
            await asyncio.sleep(self._drill.delay)
        self._before = await asyncio.to_thread(read_tally, self._layout.tally)
        self.began = self._clock()
        self._break()
        if self._drill.fault is Fault.CONSUL_RESTART:
            await asyncio.sleep(AWAY)
        elif self._drill.fault in (Fault.BAD_HOST, Fault.DEAD_METRICS):
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVEN):
                    await self._until(board, self._is_answered)
            await asyncio.sleep(MENDED)
        write_faults(self._layout.faults)
        await self._until_well(board)
        self.restored = self._clock()
        board.note_error("opening", "THE DRILL IS OVER, all is well again: leave for the debrief")

    def told(self, snapshot: Snapshot) -> Debrief:
        """What it came to; once the company has ended, for the customers' last word is written then."""
        after = read_tally(self._layout.tally)
        releases = snapshot.log.value.releases
        return debrief(self._drill, releases, self._person, self.began, self.restored, self._before, after)

    def _break(self) -> None:
        match self._drill.fault:
            case Fault.BAD_HOST:
                write_faults(self._layout.faults, application(self._drill.host))
            case Fault.DEAD_METRICS:
                write_faults(self._layout.faults, PROMETHEUS)
            case Fault.CONSUL_RESTART:
                write_faults(self._layout.faults, CONSUL)
            case Fault.BAD_PR | Fault.CONFLICT:
                pass  # it is broken from the day on which it was merged

    def _is_due(self, snapshot: Snapshot) -> bool:
        release = snapshot.open
        if release is None or release.install or release.build is None:
            return False
        if self._drill.story is Story.HOTFIX:
            return release.rung >= 1
        return self._drill.rung <= release.rung < len(LADDER) - 1

    def _is_answered(self, snapshot: Snapshot) -> bool:
        """Whether the trainee has done what is right."""
        began = self.began
        if began is None or snapshot.latest is None:
            return False
        theirs = (event for event in snapshot.latest.events if event.at >= began and event.by == self._person)
        return any(is_right(event, self._drill.fault) for event in theirs)

    async def _until(self, board: Board, holds: Callable[[Snapshot], bool]) -> None:
        """Wait for the picture to be so."""
        async for snapshot in board.changes(LOOK):
            if holds(snapshot):
                return

    async def _until_well(self, board: Board) -> None:
        async for snapshot in board.changes(LOOK):
            if self._is_well(snapshot) and (self._drill.fault is not Fault.BAD_HOST or await self._answers(snapshot)):
                return

    async def _answers(self, snapshot: Snapshot) -> bool:
        """Whether the host that broke serves again."""
        status = snapshot.statuses.value.get(self._drill.host)
        if status is None or not status.url:
            return False
        address, _, port = status.url.partition("://")[2].partition(":")
        host = Host(address, int(port))
        try:
            return (await host.ask(HEALTH)).status == 200
        except (OSError, TimeoutError, ConnectionLost):
            return False
        finally:
            host.close()

    def _is_well(self, snapshot: Snapshot) -> bool:
        match self._drill.fault:
            case Fault.BAD_HOST:
                return True  # and it answers
            case Fault.DEAD_METRICS:
                age = snapshot.traffic.age(snapshot.now)
                return not snapshot.traffic.error and age is not None and age < FRESH
            case Fault.CONSUL_RESTART:
                return not snapshot.log.error and not snapshot.engine.error and self._is_answered(snapshot)
            case Fault.BAD_PR | Fault.CONFLICT:
                return self._is_answered(snapshot) and self._nobody_has_it(snapshot)

    def _nobody_has_it(self, snapshot: Snapshot) -> bool:
        plot = self._layout.plot()
        bad = bad_builds(snapshot.log.value.releases, plot.origin.bad) if plot else frozenset()
        serving = {tier.name for tier in snapshot.policy.serving}
        hosts = [status for status in snapshot.statuses.value.values() if status.tier in serving]
        return all(status.state is HostState.SERVING and status.build not in bad for status in hosts)
