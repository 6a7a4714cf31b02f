"""Textual's private names still exist and do what the display relies on."""

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from textual.app import ComposeResult
from textual.drivers._writer_thread import WriterThread
from textual.widgets import Static

from cockpit.tui.terminal import textual_internals
from cockpit.tui.terminal.textual_internals import FrameHookApp, FrameUpdate
from tests.tui.textual_private import frame_text, full_update


class Sample(FrameHookApp):
    """An app that counts the frames Textual displays itself."""

    bypassed = 0

    def compose(self) -> ComposeResult:
        yield Static("wide 商品 text")

    def frame_bypassed(self) -> None:
        self.bypassed += 1


@pytest.fixture
async def app() -> AsyncIterator[Sample]:
    sample = Sample()
    async with sample.run_test(size=(30, 3)):
        yield sample


async def test_segments_of_an_update_are_the_text_of_the_frame(app: Sample) -> None:
    update = full_update(app)
    assert isinstance(update, FrameUpdate)
    rows = {
        y: "".join(segment.text for segment in segments) for _, y, segments in textual_internals.segments_of(update)
    }
    assert [rows[y].rstrip() for y in sorted(rows)] == frame_text(app).splitlines()


async def test_every_frame_passes_through_the_hook(app: Sample) -> None:
    before: int = app.bypassed
    app.query_one(Static).update("changed")
    for _ in range(200):
        if app.bypassed > before:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no frame was displayed")


async def test_a_running_app_can_write_and_an_ended_one_cannot() -> None:
    sample = Sample()
    could_write = [sample.can_write]
    async with sample.run_test():
        could_write.append(sample.can_write)
    assert [*could_write, sample.can_write] == [False, True, False]


async def test_without_a_terminal_there_is_no_size_and_no_queue(app: Sample) -> None:
    assert textual_internals.terminal_size(app) is None
    assert textual_internals.queued_writes(app) == 0


async def test_writes_that_the_terminal_has_not_taken_are_counted(app: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = WriterThread(io.StringIO())  # never started: nothing is taken
    monkeypatch.setattr(app._driver, "_writer_thread", thread, raising=False)
    thread.write("one")
    thread.write("two")
    assert textual_internals.queued_writes(app) == 2


async def test_a_sequence_is_written_to_the_driver(app: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(app._driver, "write", written.append)
    textual_internals.write(app, "\x07")
    assert written == ["\x07"]


async def test_a_key_of_a_screen_can_be_bound_later(app: Sample) -> None:
    textual_internals.bind_key(app.screen, "x", "app.quit")
    assert app.screen.active_bindings["x"].binding.action == "app.quit"
