"""Runs cockpit's command line in this process."""

import json
from typing import Any

import pytest

from cockpit.cli import main

Capsys = pytest.CaptureFixture[str]

CONFIG = """
app = "shop"
[repository]
url = "origin.git"
[[tier]]
name = "staging"
serves = "nobody"
hosts = ["s1"]
[[tier]]
name = "production"
serves = "public"
hosts = ["p1", "p2"]
[[step]]
tier = "staging"
percent = 100
soak = 0
[[step]]
tier = "production"
percent = 100
soak = 1
"""


def run(capsys: Capsys, *argv: str) -> tuple[int, str, str]:
    """Run a command line; its exit code, stdout and stderr."""
    try:
        code = main(list(argv))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def run_json(capsys: Capsys, *argv: str) -> tuple[int, Any]:
    """Run a verb with --json; its exit code and the value it prints."""
    code, out, err = run(capsys, *argv, "--json")
    assert out, err
    return code, json.loads(out)
