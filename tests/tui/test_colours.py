"""What colours are sent to which terminal: its own sixteen, none, or all; and plain characters to a console."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from rich.color import ColorSystem

from cockpit.tui.app import CockpitApp
from cockpit.tui.terminal.capabilities import colours, few_glyphs
from cockpit.tui.terminal.cell_diff import ScreenBuffer
from cockpit.tui.terminal.glyphs import plain
from cockpit.tui.terminal.textual_internals import FrameUpdate, segments_of
from cockpit.views.rows import Tone, cells
from tests.builders import SCENES, at_canary, hold_at_dogfood
from tests.tui.screens import SETTINGS, Screen, open_screen
from tests.tui.textual_private import captured_frames

PALETTE = re.compile(r"(?:0|1|2|3|4|7|3[0-79]|4[0-79]|9[0-7])")
"""What an SGR may say that leaves colours to the terminal; of papers the eight plain ones alone."""


@contextmanager
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
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


async def use(screen: Screen) -> None:
    """Open everything that has colours of its own."""
    for keys in (("tab", "j"), ("?", "escape"), ("R", "x", "escape"), ("ctrl+p", "r", "escape"), ("enter", "escape")):
        await screen.press(*keys)
    await screen.press("f")


def sequences(output: list[str]) -> set[str]:
    return set(re.findall(r"\x1b\[([0-9;]+)m", "".join(output)))


async def test_the_terminal_s_own_palette_is_all_that_the_ansi_theme_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as output:
        async with open_screen(hold_at_dogfood(), size=(120, 40), settings=replace(SETTINGS, theme="ansi")) as screen:
            await use(screen)
    assert not [each for each in sequences(output) if "48;2" in each]
    found = set(re.findall(r"\x1b\[([0-9;]+)m(?=[^\x1b]*[^\x1b ])", "".join(output)))  # a blank's ink is not seen
    assert [each for each in found for code in each.split(";") if not PALETTE.fullmatch(code)] == []
    assert any("31" in each.split(";") for each in found)


async def test_a_theme_chosen_on_the_way_sends_its_own_colours_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with written(monkeypatch) as output:
        async with open_screen(hold_at_dogfood(), size=(120, 40), settings=replace(SETTINGS, theme="mono")) as screen:
            for name in ("ansi", "dark", "ansi"):
                while screen.app.theme != name:
                    output.clear()
                    await screen.press("T")
                    await screen.until(lambda: output)
                rich = any("38;2" in each for each in sequences(output))
                assert rich == (name == "dark"), (name, sequences(output))


async def test_without_colours_weight_and_reverse_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with written(monkeypatch) as output:
        async with open_screen(hold_at_dogfood(), size=(120, 40), settings=replace(SETTINGS, colours=0)) as screen:
            assert screen.app.theme == "mono"
            await use(screen)
            await screen.press("T")
            assert screen.app.theme == "mono", "there is no other to choose"
    codes = {code for each in sequences(output) for code in each.split(";")}
    assert codes <= {"0", "1", "2", "3", "4", "7", "39", "49"}, codes
    assert "7" in codes


async def test_sixteen_colours_get_the_theme_that_has_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_screen(at_canary(), settings=replace(SETTINGS, theme="light", colours=16)) as screen:
        assert screen.app.theme == "ansi"


@pytest.mark.parametrize("scene", SCENES)
async def test_a_console_is_sent_what_its_font_has(monkeypatch: pytest.MonkeyPatch, scene: str) -> None:
    with written(monkeypatch) as output:
        settings = replace(SETTINGS, colours=16, few_glyphs=True)
        async with open_screen(SCENES[scene](), size=(120, 40), settings=settings) as screen:
            await use(screen)
    beyond = {letter for letter in "".join(output) if ord(letter) > 0xFF} - set("─│┌┐└┘├┤┬┴┼")
    assert beyond == set()


def test_a_plain_text_has_as_many_cells() -> None:
    for text in ("●━◉╌○", "商品一覧", "⣿⠀", "é…", "abc"):
        assert cells(plain(text)) == cells(text)
    assert plain("GO ✓ 3→4 …") == "GO + 3>4 ~"


@pytest.mark.parametrize(
    ("env", "count", "few"),
    [
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, 0, False),
        ({"NO_COLOR": "", "TERM": "xterm-256color"}, 256, False),
        ({"COLORTERM": "truecolor", "TERM": "xterm-256color"}, 1 << 24, False),
        ({"TERM": "tmux-256color"}, 256, False),
        ({"TERM": "screen"}, 16, False),
        ({"TERM": "xterm"}, 16, False),
        ({"TERM": "linux"}, 16, True),
        ({}, 16, False),
    ],
)
def test_a_terminal_is_known_by_what_it_says_of_itself(env: dict[str, str], count: int, few: bool) -> None:
    assert (colours(env), few_glyphs(env)) == (count, few)


@pytest.mark.parametrize("scene", ["at canary", "hold at dogfood", "no data", "rolled back", "host failed"])
async def test_how_things_stand_is_never_told_by_colour_alone(scene: str) -> None:
    """Each tone of a status comes with a word or a glyph: without colour the text alone tells the scenes apart."""
    words = {Tone.GOOD_BADGE: "GO", Tone.WAITING_BADGE: "WAIT", Tone.BAD_BADGE: "HOLD|ROLL|FAILED"}
    async with open_screen(SCENES[scene](), size=(160, 45)) as screen:
        for widget in screen.app.dashboard.query("Lines, Panel, ErrorChart"):
            for line in getattr(widget, "lines", ()):
                for span in line:
                    if span.tone in words:
                        assert re.search(words[span.tone], span.text), span
                    if span.tone in {Tone.BAD, Tone.UNKNOWN, Tone.WAITING, Tone.GOOD}:
                        assert span.text.strip(), span
