"""Turns a theme into what textual and rich paint with."""

from collections.abc import Mapping

from rich.style import Style
from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme

from cockpit.tui.theme.theme_file import Theme
from cockpit.views.rows import Tone

Palette = Mapping[Tone, Style]


def palette(theme: Theme) -> Palette:
    """A rich style a tone."""
    return {tone: Style.parse(text) for tone, text in theme.tones.items()}


def textual_theme(theme: Theme) -> TextualTheme:
    """The colours that textual's own parts (notices, the palette, the input field) use."""
    base = {name: f"ansi_{colour}" for name, colour in theme.base.items()} if theme.ansi else theme.base
    return TextualTheme(
        name=theme.name,
        dark=theme.dark,
        ansi=theme.ansi,
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
        variables=_ANSI if theme.ansi else {},
    )


_ANSI = {
    **BUILTIN_THEMES["ansi-dark"].variables,
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_white",
    "input-cursor-foreground": "ansi_black",
    "input-cursor-background": "ansi_white",
    "border": "ansi_default",
    "scrollbar": "ansi_white",
    "scrollbar-background": "ansi_default",
}
"""What textual's own parts would take of another palette."""


MONO, ANSI = "mono", "ansi"
"""The themes that come with cockpit for terminals of few colours."""
SIXTEEN = 16


def fitting(themes: Mapping[str, Theme], wanted: str, colours: int) -> dict[str, Theme]:
    """The themes to choose from on a terminal of so many colours: without any, the one that has none; with sixteen,
    those of the terminal's own palette, the `wanted` one if it is such. Never nothing."""
    if colours == 0 and MONO in themes:
        return {MONO: themes[MONO]}
    if colours > SIXTEEN:
        return dict(themes)
    first = wanted if themes[wanted].ansi else ANSI
    own = {name: theme for name, theme in themes.items() if theme.ansi}
    return {name: own[name] for name in sorted(own, key=lambda name: (name != first, name))} or dict(themes)
