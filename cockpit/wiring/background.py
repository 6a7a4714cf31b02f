"""The thread behind the screen: the engine, and the commander lease that is kept while the screen is open.

A terminal that stops reading blocks the screen's event loop. In this thread the engine goes on with
the release and the lease is renewed.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.commander_heartbeat import CommanderHeartbeat
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.feeds.ticks import with_ticks
from cockpit.control.snapshot_update import SliceName
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.deploy.schedule.presence import Sign
from cockpit.ports import Failed, Write
from cockpit.rules.commander.duty import duty_at
from cockpit.wiring.context import Context, open_context, run_engine
from cockpit.wiring.systems import clock, current_user

T = TypeVar("T")


class BackgroundThread:
    """A thread with an event loop of its own. It is the dispatcher's lease handle, callable from any event loop."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._loop = asyncio.new_event_loop()
        self._lease: asyncio.Future[CommanderLease] = self._loop.create_future()
        self._ended = False
        self._screen: tuple[asyncio.AbstractEventLoop, Board] | None = None
        self.sign_at_end = Sign.LEFT
        """The sign that is recorded when the screen ends."""

    def report_to(self, loop: asyncio.AbstractEventLoop, board: Board) -> None:
        """Report errors of the engine and the lease on this board, which lives in that event loop."""
        self._screen = (loop, board)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the thread until the end of the block."""
        task = self._loop.create_task(self._run())

        def work() -> None:
            try:
                self._loop.run_until_complete(task)
            except asyncio.CancelledError:
                pass  # cancelled at the end of the block
            except Exception as error:  # a bug in cockpit: the screen must show that no engine runs
                self._report("local_engine", f"the background thread has ended, restart cockpit: {error!r}")
            finally:
                self._end()

        thread = threading.Thread(target=work, name="background")
        thread.start()
        try:
            yield
        finally:
            with suppress(RuntimeError):  # the loop is closed: the thread has ended already
                self._loop.call_soon_threadsafe(task.cancel)
            thread.join()

    async def look(self) -> Holder:
        """Call `CommanderLease.look`."""
        return await self._call(lambda lease: lease.look())

    async def acquire(self) -> Write | None:
        """Call `CommanderLease.acquire`."""
        return await self._call(lambda lease: lease.acquire())

    async def take_over(self, seen: Holder) -> Write | None:
        """Call `CommanderLease.take_over`."""
        return await self._call(lambda lease: lease.take_over(seen))

    async def hand_over(self, seen: Holder, to: str, *writes: Write) -> None:
        """Call `CommanderLease.hand_over`."""
        await self._call(lambda lease: lease.hand_over(seen, to, *writes))

    async def extend(self, seen: Holder) -> None:
        """Call `CommanderLease.extend`."""
        await self._call(lambda lease: lease.extend(seen))

    def _end(self) -> None:
        """Cancel the calls that still wait for this loop, then close it."""
        self._ended = True

        async def cancel_calls() -> None:
            waiting = asyncio.all_tasks() - {asyncio.current_task()}
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

        self._loop.run_until_complete(cancel_calls())
        self._loop.close()

    async def _call(self, method: Callable[[CommanderLease], Coroutine[Any, Any, T]]) -> T:
        """Call a method of the lease in its thread. Raises `Failed` once the thread has ended."""

        async def call() -> T:
            return await method(await self._lease)

        ended = Failed("commander", "the background thread has ended", "restart cockpit")
        if self._ended:
            raise ended
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), self._loop))
        except asyncio.CancelledError:
            if self._ended:  # the thread cancelled the call, not the caller
                raise ended from None
            raise

    async def _run(self) -> None:
        async with open_context(self._config) as context:
            ttl = self._config.policy.commander.kept
            heartbeat = CommanderHeartbeat(context.store, clock, lambda: self.sign_at_end)
            lease = CommanderLease(context.locks, current_user(), ttl, heartbeat, self._person_on_duty)
            self._lease.set_result(lease)
            async with asyncio.TaskGroup() as group:
                group.create_task(run_engine(self._config, lambda error: self._report("local_engine", error)))
                group.create_task(
                    lease.keep(lambda: _lease_changes(context, ttl), lambda error: self._report("local_lease", error))
                )

    def _person_on_duty(self) -> str | None:
        """Return whose slot it is by the rota on the screen's board; empty for none, None if it is not read yet."""
        policy = self._config.policy
        rota = policy.rota
        if self._config.rota.file or self._config.rota.command:
            seen = self._screen[1].snapshot.rota if self._screen else None
            if seen is None or not (seen.at or seen.error):
                return None
            rota = seen.value or rota
        duty = duty_at(policy.calendar, rota, clock())
        return duty.person if duty else ""

    def _report(self, name: SliceName, error: str) -> None:
        if self._screen:
            loop, board = self._screen
            with suppress(RuntimeError):  # the screen has ended
                loop.call_soon_threadsafe(board.note_error, name, error)


def _lease_changes(context: Context, ttl: float) -> AsyncIterator[object]:
    """Yield whenever the commander changes, and four times per `ttl`."""
    return with_ticks(context.store.watch(store_keys.owner(store_keys.COMMANDER_LOCK)), ttl / 4)
