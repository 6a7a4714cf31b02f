"""Themes as rich styles and Textual themes, for terminals with many or few colours."""

import pytest

from cockpit.tui.theme.textual_theme import palette, textual_theme, usable_themes
from cockpit.tui.theme.theme_file import load_themes
from cockpit.views.rows import Tone
from tests.tui.screens import THEMES


def test_themes_are_limited_to_the_colours_of_the_terminal() -> None:
    themes = load_themes([THEMES])
    assert list(usable_themes(themes, "light", 0)) == ["mono"]
    assert list(usable_themes(themes, "light", 16)) == ["ansi", "mono"]
    assert list(usable_themes(themes, "mono", 16)) == ["mono", "ansi"]
    assert usable_themes(themes, "light", 256) == themes
    only = {"dark": themes["dark"]}
    assert usable_themes(only, "dark", 0) == usable_themes(only, "dark", 16) == only, "never nothing"


@pytest.mark.parametrize("name", ["dark", "light", "contrast", "colourblind", "ansi", "mono"])
def test_the_included_themes_style_every_tone(name: str) -> None:
    theme = load_themes([THEMES])[name]
    assert set(palette(theme)) == set(Tone)
    assert textual_theme(theme).to_color_system().generate()
