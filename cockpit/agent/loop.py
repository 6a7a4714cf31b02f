"""The agent's loop: look at the host, decide, save the intent, act, repeat.

`reconcile` makes every decision. No failure on the host or in the store ends the loop: it is reported in the status,
the hot build continues to serve, and the act is retried.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import assert_never

from cockpit.agent.acts import (
    Act,
    CheckSlot,
    Disk,
    Drain,
    Flip,
    Idle,
    Prefetch,
    PullBuild,
    Undrain,
    WaitForTurn,
    Warm,
    describe,
)
from cockpit.agent.build_storage import BuildStorage
from cockpit.agent.folder_lock import folder_lock
from cockpit.agent.hooks import Environment, Hooks, hook_environment
from cockpit.agent.intent import Intent
from cockpit.agent.journal import load, save
from cockpit.agent.pull import remove_incoming
from cockpit.agent.reconcile import after_failure, after_success, decide, is_retried, is_wanted, obey, recover
from cockpit.agent.retry import is_stuck, pause_before, retry_text
from cockpit.agent.settings import HostSettings
from cockpit.agent.slot_fill import FillCancelled
from cockpit.agent.status_report import StatusReport
from cockpit.agent.swap_time import measure_swap
from cockpit.agent.target_watch import TargetWatch
from cockpit.agent.turns import Turns
from cockpit.deploy.hosts.status import Status
from cockpit.ports import Artifacts, Commands, Failed, Store


class Agent:
    """One host's agent."""

    def __init__(
        self,
        settings: HostSettings,
        store: Store,
        artifacts: Artifacts,
        commands: Commands,
        clock: Callable[[], float],
        on_status: Callable[[Status], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_status = on_status
        self._storage = BuildStorage(settings, artifacts, clock)
        self._hooks = Hooks(settings.config, commands)
        self._watch = TargetWatch(store, settings.tier)
        self._turns = Turns(store, settings, clock)
        self._report = StatusReport(store, self.status, settings.config.heartbeat)
        self._intent = Intent()
        self._disk = Disk()
        self._flip_time: float | None = None
        """Seconds that the flip of the present move took."""
        self._act: Act = Idle()
        self._tries = 0
        """Failures of the present act in a row."""
        self._skipped: frozenset[str] = frozenset()
        """The builds whose prefetch failed; skipped until the target or a slot changes."""
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
                watch, report, turns = self._watch.follow(), self._report.run(), self._turns.run(self._out_for())
                upkeep = self._storage.keep_up(lambda: isinstance(self._act, Idle), self._watch.changed.set)
                parts = (watch, report, turns, upkeep, self._work(once=False))
                tasks = [group.create_task(part) for part in parts]
                await stop.wait()
                for task in tasks:
                    task.cancel()
            if not self._intent.drained:
                self._turns.finish()
            await self._turns.close()

    async def once(self) -> Status:
        """Bring the host to its present target, report, and return.

        Raises `Failed` if another agent uses the folder or the store cannot be reached.
        """
        with folder_lock(self._settings.folder):
            self._start()
            await self._watch.refresh()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part) for part in (self._report.run(), self._turns.run(self._out_for()))]
                await self._work(once=True)
                for task in tasks:
                    task.cancel()
            await self._turns.close()
            await self._report.send()
            return self.status()

    def status(self) -> Status:
        """Return the host's present status."""
        with suppress(OSError, Failed):
            self._disk = self._storage.disk()
        intent, now, stuck_after = self._intent, self._clock(), self._settings.config.stuck_after
        _, _, refusal = obey(intent, self._watch.target, self._settings.host)
        retrying = retry_text(intent.retry, now, stuck_after)
        problem = self._storage.problem(self._disk)
        details = (intent.detail, retrying, self._error, self._start_error, problem, refusal, self._watch.error)
        return Status(
            host=self._settings.host,
            tier=self._settings.tier,
            state=intent.state,
            at=now,
            since=intent.since,
            build=self._disk.hot,
            cold=self._disk.cold,
            serial=intent.serial,
            failed=intent.failed,
            detail="; ".join(text for text in details if text),
            pulled=self._storage.pulled,
            url=self._settings.url,
            pulling=self._storage.pulling,
            swap=intent.swap,
            proved=self._storage.proved(self._disk.cold),
            out=intent.drained,
            stuck=is_stuck(intent.retry, now, stuck_after),
        )

    def _start(self) -> None:
        folder = self._settings.folder
        try:
            remove_incoming(folder)
            self._intent, self._start_error = load(folder)
            self._disk = self._storage.disk()
            self._storage.restore_ballast()
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
                    if once and self.status().stuck:
                        return
                    continue
                if once:
                    return
                self._report.changed.set()
                await self._watch.changed.wait()
                self._skipped = frozenset()
            except (OSError, Failed) as error:  # the disk fails: no intent can be saved, so no act is performed
                await self._wait_to_retry(f"{self._settings.folder}: {error}")
            if once and self._tries > len(self._settings.patience) and not isinstance(self._act, WaitForTurn):
                return

    def _next_act(self) -> Act:
        self._disk = self._storage.disk()
        intent, desired, _ = obey(self._intent, self._watch.target, self._settings.host)
        expected, skipped = self._watch.expected(self._settings.host), self._skipped
        permitted = self._permitted()
        intent, act = decide(intent, self._disk, desired, permitted=permitted, expected=expected, skipped=skipped)
        self._save(intent)
        if act != self._act or isinstance(act, Idle):
            self._act, self._tries, self._error = act, 0, ""
        if not (intent.drained or isinstance(act, WaitForTurn)):
            self._turns.finish()
        return act

    def _permitted(self) -> bool:
        target = self._watch.target
        return self._turns.granted or target is None or target.max_unavailable == 0

    def _out_for(self) -> int:
        """Return the serial of the target for which the host is out of its load balancer; 0 if it is in."""
        return self._intent.serial if self._intent.drained and self._intent.previous else 0

    async def _wait_for_turn(self) -> None:
        """Ask for the turn or wait a little. Polls: a watch would wake every host of the tier at once."""
        target = self._watch.target
        if target and (waits := await self._turns.ask(target)):
            await self._wait_to_retry(waits, self._turns.pauses, publish=self._turns.changed)

    async def _try(self, act: Act) -> None:
        """Perform the act, then save the intent after its success or failure, or wait to retry it."""
        try:
            note = await self._perform(act)
        except FillCancelled:
            return
        except (Failed, OSError) as error:
            reason = str(error) if isinstance(error, Failed) else f"{error}; free some space or repair the disk"
            if isinstance(act, Prefetch) and self._tries >= len(self._settings.patience):
                self._skipped |= {act.build}
                return
            if is_retried(self._intent, act):
                await self._retry(act, reason)
                return
            pulls = isinstance(act, PullBuild | Prefetch) and self._tries < len(self._settings.patience)
            if pulls or isinstance(act, WaitForTurn):
                await self._wait_to_retry(f"{describe(act, self._disk)}: {reason}; trying again")
                return
            if isinstance(act, PullBuild):
                tries = f"tried {self._tries + 1} times" if self._tries else "tried once"
                reason = f"{describe(act, self._disk)}: {reason} ({tries}; a new target makes it try again)"
            self._save(after_failure(self._intent, act, self._storage.disk(), reason))
        else:
            self._save(after_success(self._intent, act, note))
            if isinstance(act, WaitForTurn) and not self._turns.granted:
                return
        self._tries = 0
        self._error = ""

    async def _retry(self, act: Act, reason: str) -> None:
        """Count the failure of an act that must succeed, and wait before the next try."""
        reason = f"{describe(act, self._disk)}: {reason}" if isinstance(act, PullBuild) else reason
        intent = after_failure(self._intent, act, self._disk, reason, self._clock())
        self._save(intent)
        if intent.retry:
            await self._wait_to_retry("", (pause_before(intent.retry, (self._settings.patience or (1.0,))[0]),))

    async def _perform(self, act: Act) -> str:
        """Perform the act; return a note for the status, or nothing."""
        match act:
            case PullBuild() | Prefetch():
                await self._storage.pull(act, self._intent, partial(self._until_unwanted, act))
            case CheckSlot():
                await self._storage.check(act, partial(self._until_unwanted, act))
            case WaitForTurn():
                await self._wait_for_turn()
            case Drain():
                self._flip_time = None
                return await self._hooks.drain(self._environment())
            case Flip(build):
                began = self._clock()
                self._storage.flip(build)
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

    async def _until_unwanted(self, act: PullBuild | CheckSlot | Prefetch) -> None:
        """Return once the act is not wanted any more."""
        changed, host = self._watch.changed, self._settings.host
        while True:
            changed.clear()
            _, desired, _ = obey(self._intent, self._watch.target, host)
            if not is_wanted(self._intent, act, self._disk.hot, desired, self._watch.expected(host)):
                return
            await changed.wait()

    async def _wait_to_retry(self, error: str, patience: tuple[float, ...] = (), publish: bool = True) -> None:
        """Report the error and wait before the retry; a new target ends the wait."""
        patience = patience or self._settings.patience or (1.0,)
        pause = patience[min(self._tries, len(patience) - 1)]
        self._tries += 1
        self._error = error
        if publish:
            self._publish()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._watch.changed.wait()

    def _save(self, intent: Intent) -> None:
        """Save the intent durably, before any act on it."""
        intent = measure_swap(self._intent, intent, self._clock(), self._flip_time)
        if intent != self._intent:
            self._storage.give_room(partial(save, self._settings.folder, intent))
            self._intent = intent
            self._publish()

    def _publish(self) -> None:
        self._report.changed.set()
        self._on_status(self.status())

    def _environment(self) -> Environment:
        return hook_environment(self._settings, self._storage.disk().hot, self._storage.hot_path())
