"""The settings of the screen. The module does not import textual, so that reading the config stays fast."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ScreenSettings:
    """`[screen]` of config.toml, and what the environment says about the terminal."""

    theme: str = "dark"
    themes: tuple[Path, ...] = ()
    """Folders of themes; a later folder overrides themes of the same name."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Remapped keys, by the name of their action."""
    frugal: bool = True
    """Whether only changed cells are written; otherwise Textual repaints whole regions."""
    notices: bool = True
    """Whether the bell also shows a desktop notification while the terminal has no focus."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The environment variables, which describe the terminal."""
    title: str = "cockpit"
    """The title of the terminal's window."""
    colours: int = 1 << 24
    """How many colours the terminal has; 0 with NO_COLOR."""
    few_glyphs: bool = False
    """Whether the terminal's font lacks dots, arrows and blocks."""
