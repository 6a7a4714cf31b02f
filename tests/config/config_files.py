"""Small config files to load, and the problems found in them."""

from pathlib import Path

import pytest

from cockpit.config import ConfigError, load

REFERENCE = Path(__file__).parents[2] / "config.toml"
SMALL = """
[repository]
url = "origin.git"
[[tier]]
name = "staging"
serves = "nobody"
[[step]]
tier = "staging"
percent = 100
soak = 0
"""
"""A valid config of 10 lines; what a test appends begins at line 11."""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def problems(folder: Path, text: str) -> list[str]:
    """The lines of the error that this config raises, without the first."""
    with pytest.raises(ConfigError) as error:
        load(written(folder, text))
    return [line.strip() for line in str(error.value).splitlines()[1:]]
