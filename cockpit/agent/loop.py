"""The agent: looks, decides, writes down what it means to do, does it, and again.

Nothing here decides: `reconcile` does. Nothing on this host or in the store ends the loop: what fails is said in the
status, what serves goes on serving, and it is tried again.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import assert_never

from cockpit.agent.act_names import named
from cockpit.agent.folder_lock import folder_lock
from cockpit.agent.hooks import Hooks
from cockpit.agent.intent import Intent
from cockpit.agent.journal import load, save
from cockpit.agent.permits import Permits
from cockpit.agent.progress import Progress
from cockpit.agent.pull import forget_incoming, pull
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
    decide,
    done,
    failed,
    obeying,
    recovered,
    to_keep,
)
from cockpit.agent.settings import AgentSettings
from cockpit.agent.slot_fill import FillCancelled
from cockpit.agent.slots import Slots
from cockpit.agent.status_report import StatusReport
from cockpit.agent.swap_time import timed
from cockpit.agent.target_watch import TargetWatch
from cockpit.deploy.hosts.status import Status
from cockpit.ports import Artifacts, Commands, Failed, Locks, Store

TURN = (0.1, 0.2, 0.4, 0.8)
"""Seconds between two looks for a permit."""


class Agent:
    """One host's agent."""

    def __init__(
        self,
        settings: AgentSettings,
        store: Store,
        locks: Locks,
        artifacts: Artifacts,
        commands: Commands,
        clock: Callable[[], float],
        said: Callable[[Status], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._artifacts = artifacts
        self._clock = clock
        self._said = said
        self._slots = Slots(settings.folder)
        self._hooks = Hooks(settings.hooks, commands)
        self._instructions = TargetWatch(store, settings.tier)
        self._permits = Permits(locks, settings.tier, settings.host)
        self._report = StatusReport(store, self.status, settings.heartbeat)
        self._intent = Intent()
        self._disk = Disk()
        self._pulled = 0
        self._progress: Progress | None = None
        self._flip: float | None = None
        """Seconds that the flip of the present move took."""
        self._act: Act = Idle()
        self._tries = 0
        """How often the present act has failed in a row."""
        self._left = ""
        """The build that could not be brought in ahead of time, until the next news."""
        self._trouble = ""
        """What failed and is about to be tried again."""
        self._beginning = ""
        """What was wrong with the folder when this agent started."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Raises `Failed` where another agent lives in the folder.

        Stopping waits for nothing: an act that is cut short is taken up by the next agent, as after a kill.
        """
        with folder_lock(self._settings.folder):
            self._begin()
            async with asyncio.TaskGroup() as group:
                work = (self._instructions.follow(), self._report.run(), self._permits.keep(), self._work(once=False))
                tasks = [group.create_task(part) for part in work]
                await stop.wait()
                for task in tasks:
                    task.cancel()
            if not self._intent.drained:
                await self._permits.give_back()

    async def once(self) -> Status:
        """Make the host agree with its target as it is now, report, and return. Raises `Failed`, as `run` does and
        where the store cannot be reached."""
        with folder_lock(self._settings.folder):
            self._begin()
            await self._instructions.look()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part) for part in (self._report.run(), self._permits.keep())]
                await self._work(once=True)
                for task in tasks:
                    task.cancel()
            await self._report.send()
            return self.status()

    def status(self) -> Status:
        """How the host is now."""
        with suppress(OSError, Failed):
            self._disk = self._slots.disk()
        intent = self._intent
        _, _, refusal = obeying(intent, self._instructions.target, self._settings.host)
        says = (intent.detail, self._trouble, self._beginning, refusal, self._instructions.error)
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
            detail="; ".join(text for text in says if text),
            pulled=self._pulled,
            url=self._settings.url,
            pulling=self._progress.pulling if self._progress else None,
            swap=intent.swap,
        )

    def _begin(self) -> None:
        folder = self._settings.folder
        try:
            forget_incoming(folder)
            self._intent, self._beginning = load(folder)
            self._disk = self._slots.disk()
            self._keep(recovered(self._intent, self._disk))
        except OSError as error:
            raise Failed("agent", f"cannot use its folder {folder}: {error.strerror}", "mend the disk") from error

    async def _work(self, once: bool) -> None:
        while True:
            self._instructions.news.clear()
            try:
                act = self._next()
                if not isinstance(act, Idle):
                    await self._try(act)
                    continue
                if not self._intent.drained:
                    await self._permits.give_back()
                if once:
                    return
                self._report.changed.set()
                await self._instructions.news.wait()
                self._left = ""
            except (OSError, Failed) as error:  # the disk itself: nothing can be written down, so nothing is done
                await self._wait_after(f"{self._settings.folder}: {error}")
            if once and self._tries > len(self._settings.patience) and not isinstance(self._act, TakePermit):
                return

    def _next(self) -> Act:
        self._disk = self._slots.disk()
        intent, wish, _ = obeying(self._intent, self._instructions.target, self._settings.host)
        ahead = self._instructions.expected(self._settings.host)
        intent, act = decide(
            intent, self._disk, wish, permitted=self._permitted(), ahead="" if ahead == self._left else ahead
        )
        self._keep(intent)
        if act != self._act or isinstance(act, Idle):
            self._act, self._tries, self._trouble = act, 0, ""
        return act

    def _permitted(self) -> bool:
        target = self._instructions.target
        return self._permits.held or target is None or target.permits == 0

    async def _take_permit(self) -> None:
        """Get one or wait a little; by asking, for a tier that all woke when one comes free would ask all at once."""
        target = self._instructions.target
        most = target.permits if target else 0
        if not await self._permits.take(most):
            await self._wait_after(f"waits for its turn: {most} of {self._settings.tier} may be out at once", TURN)

    async def _try(self, act: Act) -> None:
        try:
            note = await self._do(act)
        except FillCancelled:
            return
        except (Failed, OSError) as error:
            reason = str(error) if isinstance(error, Failed) else f"{error}; make room or mend the disk"
            if isinstance(act, Prefetch) and self._tries >= len(self._settings.patience):
                self._left = act.build
                return
            brings = isinstance(act, PullBuild | Prefetch) and self._tries < len(self._settings.patience)
            if brings or isinstance(act, Undrain | TakePermit):
                await self._wait_after(f"{named(act, self._disk)}: {reason}; trying again")
                return
            if isinstance(act, PullBuild):
                many = f"tried {self._tries + 1} times" if self._tries else "tried once"
                reason = f"{named(act, self._disk)}: {reason} ({many}; a new target makes it try again)"
            self._keep(failed(self._intent, act, self._slots.disk(), reason))
        else:
            self._keep(done(self._intent, act, note))
            if isinstance(act, TakePermit) and not self._permits.held:
                return
        self._tries = 0
        self._trouble = ""

    async def _do(self, act: Act) -> str:
        """Do it; what a person should know nevertheless."""
        match act:
            case PullBuild(build) | Prefetch(build):
                unwished = partial(self._until_unwished, act)
                keep, folder = to_keep(self._intent), self._settings.folder
                progress = self._progress = Progress(build, self._clock())
                try:
                    hearing = (self._arrived, progress.heard)
                    await pull(self._artifacts, self._slots, build, keep, folder, unwished, *hearing)
                finally:
                    self._progress = None
            case TakePermit():
                await self._take_permit()
            case Drain():
                self._flip = None
                return await self._hooks.drain(self._environment())
            case Flip(build):
                began = self._clock()
                self._slots.flip(build)
                self._flip = max(0.0, self._clock() - began)
            case Warm():
                await self._hooks.warm(self._environment())
            case Undrain():
                await self._hooks.undrain(self._environment())
            case Idle():
                pass
            case _:
                assert_never(act)
        return ""

    async def _until_unwished(self, act: PullBuild | Prefetch) -> None:
        """Until the build is not asked for any more, or, of one that is brought in ahead, until anything else is."""
        news, host = self._instructions.news, self._settings.host
        while True:
            news.clear()
            _, wish, _ = obeying(self._intent, self._instructions.target, host)
            ahead = isinstance(act, Prefetch) and wish in ("", self._disk.hot)
            if act.build != (self._instructions.expected(host) if ahead else wish):
                return
            await news.wait()

    def _arrived(self, size: int) -> None:
        self._pulled += size

    async def _wait_after(self, problem: str, patience: tuple[float, ...] = ()) -> None:
        """Say what failed and wait before it is tried again; a new target ends the wait."""
        patience = patience or self._settings.patience or (1.0,)
        pause = patience[min(self._tries, len(patience) - 1)]
        self._tries += 1
        self._trouble = problem
        self._tell()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._instructions.news.wait()

    def _keep(self, intent: Intent) -> None:
        """Write it down before anything is done about it."""
        intent = timed(self._intent, intent, self._clock(), self._flip)
        if intent != self._intent:
            save(self._settings.folder, intent)
            self._intent = intent
            self._tell()

    def _tell(self) -> None:
        self._report.changed.set()
        self._said(self.status())

    def _environment(self) -> Mapping[str, str]:
        """What hooks are told: COCKPIT_BUILD and COCKPIT_SLOT are what is hot while they run."""
        settings = self._settings
        return {
            "COCKPIT_HOST": settings.host,
            "COCKPIT_TIER": settings.tier,
            "COCKPIT_URL": settings.url,
            "COCKPIT_FOLDER": str(settings.folder.absolute()),
            "COCKPIT_BUILD": self._slots.disk().hot,
            "COCKPIT_SLOT": self._slots.hot_path(),
        }
