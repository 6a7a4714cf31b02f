"""The builds of one host: what its slots hold, the pull into them, the proof that they are whole, and the ballast."""

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any

from cockpit.agent.acts import CheckSlot, Disk, Prefetch, PullBuild
from cockpit.agent.ballast import Ballast
from cockpit.agent.intent import Intent
from cockpit.agent.progress import Progress
from cockpit.agent.pull import pull
from cockpit.agent.reconcile import builds_to_keep
from cockpit.agent.settings import HostSettings
from cockpit.agent.slot_fill import FillCancelled
from cockpit.agent.slot_proof import SlotProofs
from cockpit.agent.slots import Slots
from cockpit.agent.swap import flip
from cockpit.deploy.hosts.status import Pulling
from cockpit.ports import Artifacts, Failed

PROOF_SLACK = 60.0
"""Seconds that a proof lasts beyond twice the time between two of them."""
Unwanted = Callable[[], Coroutine[Any, Any, None]]
"""Returns once the work is not wanted any more."""


class BuildStorage:
    """The slots, proofs and ballast in one host's folder."""

    def __init__(self, settings: HostSettings, artifacts: Artifacts, clock: Callable[[], float]) -> None:
        self._folder = settings.folder
        self._config = settings.config
        self._artifacts = artifacts
        self._clock = clock
        self._slots = Slots(settings.folder)
        self._proofs = SlotProofs(settings.folder, clock, 2 * self._config.prove_every + PROOF_SLACK)
        self._ballast = Ballast(settings.folder, self._config.ballast)
        self._progress: Progress | None = None
        self.pulled = 0
        """Bytes pulled since the agent started."""

    def disk(self) -> Disk:
        """Return which builds the slots hold. Raises `Failed` if `current` is not the agent's."""
        disk = self._slots.disk()
        return Disk(disk.hot, disk.cold, self._proofs.unchecked(disk.cold))

    def hot_path(self) -> str:
        """Return the absolute path of the hot slot; empty if there is none."""
        return self._slots.hot_path()

    @property
    def pulling(self) -> Pulling | None:
        """The pull in progress."""
        return self._progress.pulling if self._progress else None

    def proved(self, cold: Collection[str]) -> tuple[str, ...] | None:
        """Return those of the builds that are proved to be whole; None if slots are not proved at rest."""
        return self._proofs.proved(cold) if self._config.prove_every else None

    def problem(self, disk: Disk) -> str:
        """Describe damaged slots and missing ballast, for the status; empty if there are none."""
        return "; ".join(filter(None, (self._proofs.damage((disk.hot, *disk.cold)), self._ballast.problem())))

    def restore_ballast(self) -> None:
        """Keep space for a rollback if the disk has room."""
        self._ballast.restore()

    def give_room(self, write: Callable[[], None]) -> None:
        """Write, and free the ballast piece by piece while the disk is full."""
        self._ballast.give_room(write)

    def flip(self, build: str) -> None:
        """Make the cold slot with the build the hot one, even if the disk is full."""
        self.give_room(lambda: flip(self._folder, build))
        self._proofs.forget_checks()

    async def pull(self, act: PullBuild | Prefetch, intent: Intent, until_unwanted: Unwanted) -> None:
        """Pull the build into a cold slot that holds none of the builds to keep. Raises what `pull.pull` raises."""
        build, keep = act.build, builds_to_keep(intent)
        progress = self._progress = Progress(build, self._clock())
        try:
            await pull(
                self._artifacts, self._slots, build, keep, self._folder, until_unwanted, self._count, progress.update
            )
        finally:
            self._progress = None
        await asyncio.to_thread(self._proofs.add_pulled, build, isinstance(act, PullBuild))

    async def check(self, act: CheckSlot, until_unwanted: Unwanted) -> None:
        """Check the build before a switch to it; a damaged one is not on disk any more.

        Raises `FillCancelled` as soon as `until_unwanted` returns, and OSError.
        """
        cancelled = threading.Event()
        checking = asyncio.create_task(asyncio.to_thread(self._proofs.check, act.build, cancelled.is_set))
        checking.add_done_callback(lambda task: task.cancelled() or task.exception())
        unwanted = asyncio.create_task(until_unwanted())
        try:
            await asyncio.wait({checking, unwanted}, return_when=asyncio.FIRST_COMPLETED)
            cancelled.set()
            await checking
        finally:
            cancelled.set()
            unwanted.cancel()

    async def keep_up(self, at_rest: Callable[[], bool], changed: Callable[[], None]) -> None:
        """Restore the ballast, and prove one slot after the other while the host is at rest, until cancelled.

        Calls `changed` if a slot was proved or found to be damaged.
        """
        stop = threading.Event()
        try:
            while True:
                missing = self._ballast.missing
                await asyncio.to_thread(self._ballast.restore)
                if await self._prove_next(lambda: stop.is_set() or not at_rest()) or missing != self._ballast.missing:
                    changed()
                await asyncio.sleep(self._config.heartbeat)
        finally:
            stop.set()

    async def _prove_next(self, cancelled: Callable[[], bool]) -> bool:
        """Prove the slot whose proof is the oldest, if one is due; return whether one was."""
        every = self._config.prove_every
        with suppress(OSError, Failed, FillCancelled):  # the loop reports a disk that fails
            disk = self._slots.disk()
            build = self._proofs.next_due((*disk.cold, disk.hot), every) if every and not cancelled() else ""
            if build:
                await asyncio.to_thread(self._proofs.prove, build, cancelled)
                return True
        return False

    def _count(self, size: int) -> None:
        self.pulled += size
