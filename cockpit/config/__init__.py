"""config.toml as frozen values: read once and checked whole. One error lists every problem."""

from cockpit.config.loader import ConfigError, load
from cockpit.config.sections import Config

__all__ = ["Config", "ConfigError", "load"]
