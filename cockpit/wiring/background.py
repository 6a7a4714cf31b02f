"""What goes on behind the screen in a thread of its own: the engine, and the seat that keeps the commander's conn.

A terminal that stops reading blocks the screen's event loop. A release goes on all the same, and the conn is not lost.
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
from cockpit.control.feeds import ticking
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.deploy.schedule.presence import Sign
from cockpit.ports import Failed, Write
from cockpit.rules.commander.duty import designated
from cockpit.wiring.context import Context, open_context, run_engine
from cockpit.wiring.systems import clock, who

T = TypeVar("T")


class Background:
    """One thread with one event loop. To the screen it is the commander's seat, from whichever loop it is asked."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._loop = asyncio.new_event_loop()
        self._seat: asyncio.Future[CommanderLease] = self._loop.create_future()
        self._ended = False
        self._front: tuple[asyncio.AbstractEventLoop, Board] | None = None
        self.ending = Sign.LEFT
        """What the commander's end here is told as."""

    def tell(self, loop: asyncio.AbstractEventLoop, board: Board) -> None:
        """Say from now on, on the board of that loop, what keeps the engine or the seat from working."""
        self._front = (loop, board)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it until the end of the block."""
        task = self._loop.create_task(self._run())

        def work() -> None:
            try:
                self._loop.run_until_complete(task)
            except asyncio.CancelledError:
                pass  # told to end
            except Exception as broken:  # a fault of ours: the screen must not go on as if somebody sat here
                self._say("engine_here", f"what runs behind the screen has ended, start cockpit again: {broken!r}")
            finally:
                self._end()

        thread = threading.Thread(target=work, name="backstage")
        thread.start()
        try:
            yield
        finally:
            with suppress(RuntimeError):  # the loop is closed already: all of it has ended by itself
                self._loop.call_soon_threadsafe(task.cancel)
            thread.join()

    async def look(self) -> Holder:
        """As `Seat.look`."""
        return await self._there(lambda seat: seat.look())

    async def sit(self) -> Write | None:
        """As `Seat.sit`."""
        return await self._there(lambda seat: seat.sit())

    async def take(self, seen: Holder) -> Write | None:
        """As `Seat.take`."""
        return await self._there(lambda seat: seat.take(seen))

    async def let(self, seen: Holder, to: str) -> None:
        """As `Seat.let`."""
        await self._there(lambda seat: seat.let(seen, to))

    def _end(self) -> None:
        """Whoever waits for an answer of this loop gets none: tell them, then close it."""
        self._ended = True

        async def end() -> None:
            waiting = asyncio.all_tasks() - {asyncio.current_task()}
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

        self._loop.run_until_complete(end())
        self._loop.close()

    async def _there(self, ask: Callable[[CommanderLease], Coroutine[Any, Any, T]]) -> T:
        async def asked() -> T:
            return await ask(await self._seat)

        gone = Failed("commander", "what runs behind this screen has ended", "start cockpit again")
        if self._ended:
            raise gone
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked(), self._loop))
        except asyncio.CancelledError:
            if self._ended:  # it was not we who were cancelled
                raise gone from None
            raise

    async def _run(self) -> None:
        async with open_context(self._config) as outside:
            kept, attendance = (
                self._config.policy.commander.kept,
                CommanderHeartbeat(outside.store, clock, lambda: self.ending),
            )
            seat = CommanderLease(outside.locks, who(), kept, attendance, self._designated)
            self._seat.set_result(seat)
            async with asyncio.TaskGroup() as group:
                group.create_task(run_engine(self._config, lambda words: self._say("engine_here", words)))
                keeping = seat.keep(lambda: _changes(outside, kept), lambda words: self._say("commander_here", words))
                group.create_task(keeping)

    def _designated(self) -> str | None:
        """Whose slot it is, by the rota that the screen's feed has read; None until it has, or has failed to."""
        policy = self._config.policy
        rota = policy.rota
        if self._config.rota.file or self._config.rota.command:
            seen = self._front[1].snapshot.rota if self._front else None
            if seen is None or not (seen.at or seen.error):
                return None
            rota = seen.value or rota
        duty = designated(policy.calendar, rota, clock())
        return duty.person if duty else ""

    def _say(self, name: str, error: str) -> None:
        if self._front:
            loop, board = self._front
            with suppress(RuntimeError):  # the screen is gone
                loop.call_soon_threadsafe(board.note_error, name, error)


def _changes(outside: Context, kept: float) -> AsyncIterator[object]:
    """Something whenever the conn changes hands, and four times while it would be kept without a sign of life."""
    return ticking(outside.store.watch(store_keys.owner(store_keys.COMMANDER_LOCK)), kept / 4)
