"""Convert a theme to the styles of rich and the theme of textual."""

from collections.abc import Mapping

from rich.style import Style
from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme

from cockpit.tui.theme.theme_file import Theme
from cockpit.views.rows import Tone

Palette = Mapping[Tone, Style]


def palette(theme: Theme) -> Palette:
    """Return a rich style per tone."""
    return {tone: Style.parse(text) for tone, text in theme.tones.items()}


def textual_theme(theme: Theme) -> TextualTheme:
    """Return the colours of textual's own widgets: notices, the command palette, the input field."""
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
"""Colours of textual's own widgets that would otherwise not be of the terminal's palette."""


MONO, ANSI = "mono", "ansi"
"""The themes for terminals with no colours and with sixteen."""
SIXTEEN = 16


def usable_themes(themes: Mapping[str, Theme], wanted: str, colours: int) -> dict[str, Theme]:
    """Return the themes for a terminal with that many colours, the first being the default; never none.

    0 colours: the theme without colours. Up to 16: the themes of the terminal's own palette, `wanted` first if it is
    one. More: all themes.
    """
    if colours == 0 and MONO in themes:
        return {MONO: themes[MONO]}
    if colours > SIXTEEN:
        return dict(themes)
    first = wanted if themes[wanted].ansi else ANSI
    terminal_themes = {name: theme for name, theme in themes.items() if theme.ansi}
    return {
        name: terminal_themes[name] for name in sorted(terminal_themes, key=lambda name: (name != first, name))
    } or dict(themes)
