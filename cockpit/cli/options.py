"""Which config a command line means."""

import argparse
import shutil
from pathlib import Path

from cockpit.config import Config, load


def config_of(options: argparse.Namespace) -> Config:
    """The config named by --config, else ./config.toml. Raises `ConfigError`."""
    return load(options.config or Path("config.toml"))


def width() -> int:
    """Columns of the terminal, or 100 where the output goes elsewhere."""
    return shutil.get_terminal_size((100, 24)).columns
