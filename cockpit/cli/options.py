"""Options that several verbs share: how the parser declares them and how a verb reads them."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from cockpit.config import Config, load

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a verb's module adds its parser."""
Run: TypeAlias = Callable[[argparse.Namespace], int]
"""Runs a verb and returns its exit code."""


def add_verb(verbs: Verbs, name: str, run: Run, help: str, *, json: bool = True) -> argparse.ArgumentParser:
    """Add the verb `name` with --config and, if it prints JSON, --json."""
    verb = verbs.add_parser(name, help=help, description=help)
    verb.set_defaults(run=run)
    add_config(verb, default=argparse.SUPPRESS)
    if json:
        verb.add_argument("--json", action="store_true", help="print JSON")
    return verb


def add_config(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add --config."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=default, help="configuration file (default: ./config.toml)"
    )


def add_repository(verb: argparse.ArgumentParser) -> None:
    """Add --repo, with which a verb needs no configuration."""
    verb.add_argument(
        "--repo", type=Path, metavar="DIR", help="git repository, bare or not, instead of the configured one"
    )


def config_of(options: argparse.Namespace) -> Config:
    """Load the configuration named by --config, or ./config.toml. Raises `ConfigError`."""
    return load(options.config or Path("config.toml"))


def pull_id(text: str) -> int | str:
    """Parse the name of a PR: `12` or `#12` as a number, a Change-Id or `D12` unchanged."""
    if re.fullmatch(r"I[0-9a-f]{7,40}|D[1-9]\d*", text):
        return text
    number = text.removeprefix("#")
    if not (number.isascii() and number.isdigit() and int(number) > 0):
        raise argparse.ArgumentTypeError(f"invalid PR {text!r}: use 12, #12, D12 or a Change-Id")
    return int(number)


def seconds(text: str) -> float:
    """Parse a finite number of seconds, 0 or more."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, 0 or more: {text}")
    return value
