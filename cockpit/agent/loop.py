"""The agent's loop: look at the host, decide, save the intent, act, repeat.

`reconcile` makes every decision. No failure on the host or in the store ends the loop: it is reported in the status,
the hot build continues to serve, and the act is retried.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import assert_never

from cockpit.agent.act_names import describe
from cockpit.agent.folder_lock import folder_lock
from cockpit.agent.hooks import Environment, Hooks, hook_environment
from cockpit.agent.intent import Intent
from cockpit.agent.journal import load, save
from cockpit.agent.permits import Permits
from cockpit.agent.progress import Progress
from cockpit.agent.pull import pull, remove_incoming
from cockpit.agent.reconcile import (
    Act,
    Disk,
    Drain,
    Flip,
    Idle,
    Prefetch,
    PullBuild,
    TakePermit,
    Undrain,
    Warm,
    after_failure,
    after_success,
    builds_to_keep,
    decide,
    obey,
    recover,
)
from cockpit.agent.settings import HostSettings
from cockpit.agent.slot_fill import FillCancelled
from cockpit.agent.slots import Slots
from cockpit.agent.status_report import StatusReport
from cockpit.agent.swap import flip
from cockpit.agent.swap_time import measure_swap
from cockpit.agent.target_watch import TargetWatch
from cockpit.deploy.hosts.status import Status
from cockpit.ports import Artifacts, Commands, Failed, Locks, Store

PERMIT_PAUSES = (0.1, 0.2, 0.4, 0.8)
"""Seconds between two tries to acquire a permit."""


class Agent:
    """One host's agent."""

    def __init__(
        self,
        settings: HostSettings,
        store: Store,
        locks: Locks,
        artifacts: Artifacts,
        commands: Commands,
        clock: Callable[[], float],
        on_status: Callable[[Status], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._artifacts = artifacts
        self._clock = clock
        self._on_status = on_status
        self._slots = Slots(settings.folder)
        self._hooks = Hooks(settings.config, commands)
        self._watch = TargetWatch(store, settings.tier)
        self._permits = Permits(locks, settings.tier, settings.host)
        self._report = StatusReport(store, self.status, settings.config.heartbeat)
        self._intent = Intent()
        self._disk = Disk()
        self._pulled = 0
        self._progress: Progress | None = None
        self._flip_time: float | None = None
        """Seconds that the flip of the present move took."""
        self._act: Act = Idle()
        self._tries = 0
        """Failures of the present act in a row."""
        self._skipped = ""
        """The expected build whose prefetch failed; skipped until the target changes."""
        self._error = ""
        """The failure that is about to be retried."""
        self._start_error = ""
        """The problem of the journal when this agent started."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Raises `Failed` if another agent uses the folder.

        Stopping does not wait for the present act: the next agent resumes it, as after a kill.
        """
        with folder_lock(self._settings.folder):
            self._start()
            async with asyncio.TaskGroup() as group:
                watch, report, permits = self._watch.follow(), self._report.run(), self._permits.renew_forever()
                tasks = [group.create_task(part) for part in (watch, report, permits, self._work(once=False))]
                await stop.wait()
                for task in tasks:
                    task.cancel()
            if not self._intent.drained:
                await self._permits.release()

    async def once(self) -> Status:
        """Bring the host to its present target, report, and return.

        Raises `Failed` if another agent uses the folder or the store cannot be reached.
        """
        with folder_lock(self._settings.folder):
            self._start()
            await self._watch.refresh()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part) for part in (self._report.run(), self._permits.renew_forever())]
                await self._work(once=True)
                for task in tasks:
                    task.cancel()
            await self._report.send()
            return self.status()

    def status(self) -> Status:
        """Return the host's present status."""
        with suppress(OSError, Failed):
            self._disk = self._slots.disk()
        intent = self._intent
        _, _, refusal = obey(intent, self._watch.target, self._settings.host)
        details = (intent.detail, self._error, self._start_error, refusal, self._watch.error)
        return Status(
            host=self._settings.host,
            tier=self._settings.tier,
            state=intent.state,
            at=self._clock(),
            since=intent.since,
            build=self._disk.hot,
            cold=self._disk.cold,
            serial=intent.serial,
            failed=intent.failed,
            detail="; ".join(text for text in details if text),
            pulled=self._pulled,
            url=self._settings.url,
            pulling=self._progress.pulling if self._progress else None,
            swap=intent.swap,
        )

    def _start(self) -> None:
        folder = self._settings.folder
        try:
            remove_incoming(folder)
            self._intent, self._start_error = load(folder)
            self._disk = self._slots.disk()
            self._save(recover(self._intent, self._disk))
        except OSError as error:
            raise Failed("agent", f"cannot use its folder {folder}: {error.strerror}", "repair the disk") from error

    async def _work(self, once: bool) -> None:
        while True:
            self._watch.changed.clear()
            try:
                act = self._next_act()
                if not isinstance(act, Idle):
                    await self._try(act)
                    continue
                if not self._intent.drained:
                    await self._permits.release()
                if once:
                    return
                self._report.changed.set()
                await self._watch.changed.wait()
                self._skipped = ""
            except (OSError, Failed) as error:  # the disk fails: no intent can be saved, so no act is performed
                await self._wait_to_retry(f"{self._settings.folder}: {error}")
            if once and self._tries > len(self._settings.patience) and not isinstance(self._act, TakePermit):
                return

    def _next_act(self) -> Act:
        self._disk = self._slots.disk()
        intent, desired, _ = obey(self._intent, self._watch.target, self._settings.host)
        expected = self._watch.expected(self._settings.host)
        expected = "" if expected == self._skipped else expected
        intent, act = decide(intent, self._disk, desired, permitted=self._permitted(), expected=expected)
        self._save(intent)
        if act != self._act or isinstance(act, Idle):
            self._act, self._tries, self._error = act, 0, ""
        return act

    def _permitted(self) -> bool:
        target = self._watch.target
        return self._permits.held or target is None or target.permits == 0

    async def _acquire_permit(self) -> None:
        """Acquire a permit or wait a little. Polls: a watch would wake every host of the tier at once."""
        target = self._watch.target
        limit = target.permits if target else 0
        if not await self._permits.acquire(limit):
            reason = f"waits for a permit: at most {limit} of {self._settings.tier} may be out at once"
            await self._wait_to_retry(reason, PERMIT_PAUSES)

    async def _try(self, act: Act) -> None:
        """Perform the act, then save the intent after its success or failure, or wait to retry it."""
        try:
            note = await self._perform(act)
        except FillCancelled:
            return
        except (Failed, OSError) as error:
            reason = str(error) if isinstance(error, Failed) else f"{error}; free some space or repair the disk"
            if isinstance(act, Prefetch) and self._tries >= len(self._settings.patience):
                self._skipped = act.build
                return
            pulls = isinstance(act, PullBuild | Prefetch) and self._tries < len(self._settings.patience)
            if pulls or isinstance(act, Undrain | TakePermit):
                await self._wait_to_retry(f"{describe(act, self._disk)}: {reason}; trying again")
                return
            if isinstance(act, PullBuild):
                tries = f"tried {self._tries + 1} times" if self._tries else "tried once"
                reason = f"{describe(act, self._disk)}: {reason} ({tries}; a new target makes it try again)"
            self._save(after_failure(self._intent, act, self._slots.disk(), reason))
        else:
            self._save(after_success(self._intent, act, note))
            if isinstance(act, TakePermit) and not self._permits.held:
                return
        self._tries = 0
        self._error = ""

    async def _perform(self, act: Act) -> str:
        """Perform the act; return a note for the status, or nothing."""
        match act:
            case PullBuild() | Prefetch():
                await self._pull(act)
            case TakePermit():
                await self._acquire_permit()
            case Drain():
                self._flip_time = None
                return await self._hooks.drain(self._environment())
            case Flip(build):
                began = self._clock()
                flip(self._settings.folder, build)
                self._flip_time = max(0.0, self._clock() - began)
            case Warm():
                await self._hooks.warm(self._environment())
            case Undrain():
                await self._hooks.undrain(self._environment())
            case Idle():
                pass
            case _:
                assert_never(act)
        return ""

    async def _pull(self, act: PullBuild | Prefetch) -> None:
        keep, folder = builds_to_keep(self._intent), self._settings.folder
        progress = self._progress = Progress(act.build, self._clock())
        until_unwanted = partial(self._until_unwanted, act)
        try:
            await pull(
                self._artifacts, self._slots, act.build, keep, folder, until_unwanted, self._count, progress.update
            )
        finally:
            self._progress = None

    async def _until_unwanted(self, act: PullBuild | Prefetch) -> None:
        """Return once the build is no longer desired; a prefetch also ends if another build is desired."""
        changed, host = self._watch.changed, self._settings.host
        while True:
            changed.clear()
            _, desired, _ = obey(self._intent, self._watch.target, host)
            prefetch = isinstance(act, Prefetch) and desired in ("", self._disk.hot)
            if act.build != (self._watch.expected(host) if prefetch else desired):
                return
            await changed.wait()

    def _count(self, size: int) -> None:
        self._pulled += size

    async def _wait_to_retry(self, error: str, patience: tuple[float, ...] = ()) -> None:
        """Report the error and wait before the retry; a new target ends the wait."""
        patience = patience or self._settings.patience or (1.0,)
        pause = patience[min(self._tries, len(patience) - 1)]
        self._tries += 1
        self._error = error
        self._publish()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._watch.changed.wait()

    def _save(self, intent: Intent) -> None:
        """Save the intent durably, before any act on it."""
        intent = measure_swap(self._intent, intent, self._clock(), self._flip_time)
        if intent != self._intent:
            save(self._settings.folder, intent)
            self._intent = intent
            self._publish()

    def _publish(self) -> None:
        self._report.changed.set()
        self._on_status(self.status())

    def _environment(self) -> Environment:
        return hook_environment(self._settings, self._slots.disk().hot, self._slots.hot_path())
