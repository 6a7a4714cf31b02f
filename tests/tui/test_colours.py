"""The colours that sequence terminal is sent: its own sixteen, none, or all; and plain characters for a console."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from rich.color import ColorSystem

from cockpit.tui.app import CockpitApp
from cockpit.tui.terminal.cell_diff import ScreenBuffer
from cockpit.tui.terminal.glyphs import plain
from cockpit.tui.terminal.textual_internals import FrameUpdate, segments_of
from cockpit.views.rows import Tone
from tests.builders import SCENES, at_canary, hold_at_dogfood
from tests.tui.screens import SETTINGS, Screen, open_screen
from tests.tui.textual_private import captured_frames

PALETTE = re.compile(r"(?:0|1|2|3|4|7|3[0-79]|4[0-79]|9[0-7])")
"""SGR codes that use the terminal's own palette; as backgrounds only the eight plain colours."""


@contextmanager
def written_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Yield all that is written to the terminal, cell by cell."""
    output: list[str] = []
    buffers: dict[tuple[int, int], ScreenBuffer] = {}

    def capture(app: CockpitApp, update: FrameUpdate) -> None:
        glyphs = plain if app.few_glyphs else None
        size = (app.size.width, app.size.height)
        buffer = buffers.setdefault(size, ScreenBuffer(*size, ColorSystem.TRUECOLOR, glyphs))
        buffer.apply(segments_of(update))
        output.append(buffer.changes())

    with captured_frames(monkeypatch, capture):
        yield output


async def use_everything(screen: Screen) -> None:
    """Open everything that has colours of its own."""
    for keys in (("tab", "j"), ("?", "escape"), ("R", "x", "escape"), ("ctrl+p", "r", "escape"), ("enter", "escape")):
        await screen.press(*keys)
    await screen.press("f")


def sequences(output: list[str]) -> set[str]:
    return set(re.findall(r"\x1b\[([0-9;]+)m", "".join(output)))


async def test_the_ansi_theme_uses_only_the_terminal_s_palette(monkeypatch: pytest.MonkeyPatch) -> None:
    with written_output(monkeypatch) as output:
        async with open_screen(hold_at_dogfood(), size=(120, 40), settings=replace(SETTINGS, theme="ansi")) as screen:
            await use_everything(screen)
    assert not [sequence for sequence in sequences(output) if "48;2" in sequence]
    visible = set(re.findall(r"\x1b\[([0-9;]+)m(?=[^\x1b]*[^\x1b ])", "".join(output)))  # not of blanks
    assert [sequence for sequence in visible for code in sequence.split(";") if not PALETTE.fullmatch(code)] == []
    assert any("31" in sequence.split(";") for sequence in visible)


async def test_switching_the_theme_sends_only_its_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    with written_output(monkeypatch) as output:
        async with open_screen(hold_at_dogfood(), size=(120, 40), settings=replace(SETTINGS, theme="mono")) as screen:
            for name in ("ansi", "dark", "ansi"):
                while screen.app.theme != name:
                    output.clear()
                    await screen.press("T")
                    await screen.until(lambda: output)
                rich = any("38;2" in sequence for sequence in sequences(output))
                assert rich == (name == "dark"), (name, sequences(output))


async def test_without_colours_only_weight_and_reverse_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with written_output(monkeypatch) as output:
        async with open_screen(hold_at_dogfood(), size=(120, 40), settings=replace(SETTINGS, colours=0)) as screen:
            assert screen.app.theme == "mono"
            await use_everything(screen)
            await screen.press("T")
            assert screen.app.theme == "mono", "there is no other theme"
    codes = {code for sequence in sequences(output) for code in sequence.split(";")}
    assert codes <= {"0", "1", "2", "3", "4", "7", "39", "49"}, codes
    assert "7" in codes


async def test_a_terminal_of_sixteen_colours_gets_the_ansi_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_screen(at_canary(), settings=replace(SETTINGS, theme="light", colours=16)) as screen:
        assert screen.app.theme == "ansi"


@pytest.mark.parametrize("scene", SCENES)
async def test_a_console_gets_only_characters_of_its_font(monkeypatch: pytest.MonkeyPatch, scene: str) -> None:
    with written_output(monkeypatch) as output:
        settings = replace(SETTINGS, colours=16, few_glyphs=True)
        async with open_screen(SCENES[scene](), size=(120, 40), settings=settings) as screen:
            await use_everything(screen)
    beyond = {letter for letter in "".join(output) if ord(letter) > 0xFF} - set("─│┌┐└┘├┤┬┴┼")
    assert beyond == set()


@pytest.mark.parametrize("scene", ["at canary", "hold at dogfood", "no data", "rolled back", "host failed"])
async def test_no_status_is_shown_by_colour_alone(scene: str) -> None:
    """Each tone of a status comes with a word or a glyph, so that the text alone tells the scenes apart."""
    words = {Tone.GOOD_BADGE: "GO", Tone.WAITING_BADGE: "WAIT", Tone.BAD_BADGE: "HOLD|ROLL|FAILED"}
    async with open_screen(SCENES[scene](), size=(160, 45)) as screen:
        for widget in screen.app.dashboard.query("Lines, Panel, ErrorChart"):
            for line in getattr(widget, "lines", ()):
                for span in line:
                    if span.tone in words:
                        assert re.search(words[span.tone], span.text), span
                    if span.tone in {Tone.BAD, Tone.UNKNOWN, Tone.WAITING, Tone.GOOD}:
                        assert span.text.strip(), span
