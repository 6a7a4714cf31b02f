"""Turns a theme into what textual and rich paint with."""

from collections.abc import Mapping

from rich.style import Style
from textual.theme import Theme as TextualTheme

from cockpit.tui.themes import Theme
from cockpit.views.rows import Tone

Palette = Mapping[Tone, Style]


def palette(theme: Theme) -> Palette:
    """A rich style a tone."""
    return {tone: Style.parse(text) for tone, text in theme.tones.items()}


def textual_theme(theme: Theme) -> TextualTheme:
    """The colours that textual's own parts (notices, the palette, the input field) use."""
    base = theme.base
    return TextualTheme(
        name=theme.name,
        dark=theme.dark,
        primary=base["primary"],
        secondary=base["primary"],
        accent=base["primary"],
        background=base["background"],
        foreground=base["foreground"],
        surface=base["surface"],
        panel=base["panel"],
        warning=base["warning"],
        error=base["error"],
        success=base["success"],
    )
