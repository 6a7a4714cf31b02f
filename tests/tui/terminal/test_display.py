"""The display: a frame writes its changed cells, and waits for a terminal that does not drain."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from cockpit.tui.terminal import textual_internals
from cockpit.tui.terminal.display import MAX_QUEUED, RETRY_AFTER, CellDiffApp
from tests.tui.textual_private import full_update


class Sample(CellDiffApp):
    """An app that keeps what it would write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("first", id="text")

    def write_synchronised(self, sequence: str) -> None:
        self.written.append(sequence)

    def draw(self) -> None:
        update = full_update(self)
        assert isinstance(update, textual_internals.FrameUpdate)
        self.write_frame(update)


@pytest.fixture
async def app() -> AsyncIterator[Sample]:
    sample = Sample()
    async with sample.run_test(size=(20, 3)):
        yield sample


async def test_an_unchanged_frame_writes_nothing(app: Sample) -> None:
    app.draw()
    assert "first" in app.written[0]
    app.draw()
    assert len(app.written) == 1


async def test_a_frame_that_textual_wrote_is_written_again_whole(app: Sample) -> None:
    app.draw()
    app.frame_bypassed()
    app.draw()
    assert "first" in app.written[1]


async def test_a_full_queue_delays_the_frame_until_the_terminal_drains(
    app: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = MAX_QUEUED + 1
    monkeypatch.setattr(textual_internals, "queued_writes", lambda _: queued)
    app.draw()
    app.draw()
    assert app.written == []
    queued = 0
    for _ in range(50):
        if app.written:
            break
        await asyncio.sleep(RETRY_AFTER / 5)
    assert len(app.written) == 1
