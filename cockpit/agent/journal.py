"""Keeps the intent in `state.json`, so that it survives the agent's death."""

import os
from pathlib import Path

import msgspec

from cockpit.agent.durable_write import write_file
from cockpit.agent.intent import Intent

FILE = "state.json"


def load(folder: Path) -> tuple[Intent, str]:
    """What was meant last, and what is wrong with the file where it cannot be read.

    An unreadable file is kept aside as evidence: writes are atomic, so nothing that we do makes one.
    """
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Intent), ""
    except FileNotFoundError:
        return Intent(), ""
    except (msgspec.MsgspecError, RecursionError) as error:
        os.replace(path, path.with_suffix(".unreadable"))
        return Intent(), f"{path.name} was unreadable ({error}) and starts anew; it is kept as state.unreadable"


def peek(folder: Path) -> tuple[Intent, str]:
    """As `load`, touching nothing."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Intent), ""
    except FileNotFoundError:
        return Intent(), "no agent has run here"
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        return Intent(), f"{FILE} is unreadable ({error})"


def save(folder: Path, intent: Intent) -> None:
    """Atomic, and durable once this returns."""
    write_file(folder / FILE, msgspec.json.encode(intent))
