"""`cockpit demo --headless` as a process of its own, and the processes it starts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PACE = ("--pace", "3")
"""Faster than the demo's default; the gate still gets enough requests in each step."""

fleet_marks = [
    pytest.mark.story,
    pytest.mark.xdist_group("fleet"),  # one company at a time: two would slow each other down
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]


def demo(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """Start the demo with `folder` for temporary files."""
    command = [sys.executable, "-m", "cockpit", "demo", "--headless", "--json", *options]
    env = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def processes_of(folder: Path) -> list[str]:
    """The command lines of the processes with that path in their arguments or environment."""
    commands = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue  # it has ended or belongs to another user
        if entry.name != str(os.getpid()) and os.fsencode(folder) in arguments + environment:
            commands.append(arguments.replace(b"\0", b" ").decode(errors="replace"))
    return commands


def read_lines(running: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    """The JSON objects that the demo prints."""
    assert running.stdout
    return (json.loads(line) for line in running.stdout)
