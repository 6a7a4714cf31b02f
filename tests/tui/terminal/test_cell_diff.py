"""Output written cell by cell shows the same as Textual's own, after every frame."""

from collections.abc import Iterator
from typing import Any

import pyte
import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from cockpit.tui.app import CockpitApp
from cockpit.tui.terminal.cell_diff import ScreenBuffer
from cockpit.tui.terminal.textual_internals import FrameUpdate, colour_system, segments_of
from tests.builders import SCENES, at_canary, hostile
from tests.tui.screens import Screen, open_screen
from tests.tui.textual_private import captured_frames

RED, BLUE = Style.parse("red on black"), Style.parse("bold blue on black")


class TwoTerminals:
    """Two terminals: one gets Textual's output, the other cockpit's."""

    def __init__(self) -> None:
        self.stock = self.own = pyte.Screen(1, 1)
        self.buffer = ScreenBuffer(1, 1, None)
        self.frames = 0
        self.bytes = [0, 0]

    def frame(self, app: CockpitApp, update: FrameUpdate) -> None:
        width, height = app.size
        if self.buffer.size != (width, height):
            self.buffer = ScreenBuffer(width, height, colour_system(app))
            self.stock, self.own = pyte.Screen(width, height), pyte.Screen(width, height)
        stock = update.render_segments(app.console)
        self.buffer.apply(segments_of(update))
        own = self.buffer.changes()
        pyte.Stream(self.stock).feed(stock.replace("\n", "\r\n"))
        pyte.Stream(self.own).feed(own)
        self.bytes[0] += len(stock.encode())
        self.bytes[1] += len(own.encode())
        self.frames += 1
        assert differences(self.own, self.stock) == [], (stock, own)


def differences(first: pyte.Screen, second: pyte.Screen) -> list[tuple[int, int, Any, Any]]:
    """Return (row, column, cell, cell) of the cells that differ in character, colour or attribute.

    Only rows written since the last call are compared: the others were equal then.
    """
    written = first.dirty | second.dirty
    first.dirty.clear()
    second.dirty.clear()
    return [
        (y, x, first.buffer[y][x], second.buffer[y][x])
        for y in sorted(written)
        for x in range(first.columns)
        if first.buffer[y][x] != second.buffer[y][x]
    ]


@pytest.fixture
def terminals(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoTerminals]:
    both = TwoTerminals()
    with captured_frames(monkeypatch, both.frame):
        yield both


@pytest.mark.parametrize("scene", SCENES)
async def test_every_scene_looks_as_on_textual_s_display_after_every_frame(terminals: TwoTerminals, scene: str) -> None:
    async with open_screen(SCENES[scene]()) as screen:
        for keys in (
            ("tab", "j", "j"),
            ("?",),
            ("escape",),
            ("T",),
            ("h",),
            ("d", "escape"),
            ("ctrl+p", "r", "escape"),
        ):
            await screen.press(*keys)
        await screen.pilot.resize_terminal(120, 40)
        await screen.press("T", "t", "4", "G", "enter", "escape")
    assert terminals.frames > 10


async def _next_frame(screen: Screen, terminals: TwoTerminals) -> None:
    frames = terminals.frames
    await screen.until(lambda: terminals.frames > frames)


async def test_constant_changes_look_the_same_and_cost_less_than_half_the_bytes(terminals: TwoTerminals) -> None:
    async with open_screen(at_canary(), size=(120, 40)) as screen:
        terminals.bytes = [0, 0]
        for scene in (hostile, at_canary) * 4:
            snapshot = scene()
            screen.board.put(
                log=snapshot.log,
                targets=snapshot.targets,
                statuses=snapshot.statuses,
                traffic=snapshot.traffic,
                judgement=snapshot.judgement,
            )
            await _next_frame(screen, terminals)
    assert terminals.bytes[1] < terminals.bytes[0] / 2


def updates(*parts: tuple[int, int, str, Style]) -> Iterator[tuple[int, int, list[Segment]]]:
    for x, y, text, style in parts:
        yield x, y, [Segment(text, style)]


def painted(*parts: tuple[int, int, str, Style]) -> tuple[pyte.Screen, list[str]]:
    """Return a terminal after these updates, each written by itself, and the output of each."""
    buffer, terminal, output = ScreenBuffer(10, 2, ColorSystem.TRUECOLOR), pyte.Screen(10, 2), []
    buffer.apply(updates((0, 0, " " * 10, RED), (0, 1, " " * 10, RED)))
    pyte.Stream(terminal).feed(buffer.changes())
    for part in parts:
        buffer.apply(updates(part))
        output.append(buffer.changes())
        pyte.Stream(terminal).feed(output[-1])
    return terminal, output


def test_unchanged_cells_are_not_written_again() -> None:
    _, (first, second, third) = painted((2, 0, "abc", RED), (2, 0, "abc", RED), (2, 0, "abX", RED))
    assert "abc" in first
    assert second == ""
    assert "X" in third
    assert "ab" not in third


def test_another_style_of_the_same_text_is_a_change() -> None:
    terminal, (_, second) = painted((0, 0, "abc", RED), (0, 0, "abc", BLUE))
    assert "abc" in second
    assert terminal.buffer[0][0].bold


def test_half_of_a_wide_character_never_stays() -> None:
    terminal, _ = painted((0, 0, "商品", RED), (1, 0, "x", RED))
    assert terminal.display[0] == " x品      "
    terminal, _ = painted((0, 0, "a商b", RED), (2, 0, "y", RED))
    assert terminal.display[0] == "a yb      "
    terminal, _ = painted((0, 0, "abcd", RED), (1, 0, "商", RED), (1, 0, "xy", RED))
    assert terminal.display[0] == "axyd      "


def test_a_combining_mark_stays_with_its_letter() -> None:
    terminal, _ = painted((3, 1, "e\u0301!", RED))
    assert terminal.display[1].rstrip() == "   \u00e9!"


def test_text_beyond_the_edge_is_cropped() -> None:
    terminal, _ = painted((8, 0, "abcdef", RED), (9, 1, "商", RED))
    assert terminal.display == ["        ab", " " * 10]


def test_an_invalidated_buffer_is_written_whole() -> None:
    buffer = ScreenBuffer(3, 1, None)
    buffer.apply(updates((0, 0, "abc", RED)))
    assert "abc" in buffer.changes()
    buffer.invalidate()
    assert "abc" in buffer.changes()
    assert buffer.changes() == ""
