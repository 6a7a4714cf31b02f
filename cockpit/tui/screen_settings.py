"""What a person may choose about the screen; a part of the config, and free of textual so that reading it is quick."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ScreenSettings:
    """`[screen]` in config.toml."""

    theme: str = "dark"
    themes: tuple[Path, ...] = ()
    """Folders of themes; where two have the same name, the later folder's counts."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by the name of what they do, for those that are not as they come."""
    frugal: bool = True
    """Whether only cells that changed are written; off is Textual's own way, whole regions."""
    notices: bool = True
    """Whether the desktop is told too when the terminal rings and nobody looks."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The environment, which says what kind of terminal this is."""
    title: str = "cockpit"
    """Of the terminal's window."""
    colours: int = 1 << 24
    """How many the terminal has; 0 where none are wanted."""
    few_glyphs: bool = False
    """Whether the terminal's font has little beyond letters."""
