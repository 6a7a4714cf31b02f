"""The agent's journal: keeps the intent in `state.json`, so that it survives the agent."""

import os
from pathlib import Path

import msgspec

from cockpit.agent.durable_write import write_file
from cockpit.agent.intent import Intent

FILE = "state.json"


def load(folder: Path) -> tuple[Intent, str]:
    """Return (the last intent, an error or empty).

    An unreadable file is renamed and kept as evidence: writes are atomic, so the agent never leaves one.
    """
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Intent), ""
    except FileNotFoundError:
        return Intent(), ""
    except (msgspec.MsgspecError, RecursionError) as error:
        os.replace(path, path.with_suffix(".unreadable"))
        return Intent(), f"{path.name} was unreadable ({error}) and was reset; the old file is kept as state.unreadable"


def peek(folder: Path) -> tuple[Intent, str]:
    """Do as `load` does, without changing a file."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Intent), ""
    except FileNotFoundError:
        return Intent(), "no agent has run here"
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        return Intent(), f"{FILE} is unreadable ({error})"


def save(folder: Path, intent: Intent) -> None:
    """Write the intent: atomic, and durable once this returns."""
    write_file(folder / FILE, msgspec.json.encode(intent))
