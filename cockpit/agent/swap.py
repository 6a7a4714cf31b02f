"""The hot-cold swap: flips the symlink `current` from the hot slot to the cold slot that holds a build.

`current` is a relative symlink to `slots/a`, `slots/b` or `slots/c`. It alone says which slot is hot. The flip is one
rename, so a reader sees the old slot or the new one.
"""

import os
from pathlib import Path

from cockpit.agent.durable_write import sync_folder
from cockpit.agent.slot_metadata import SLOT_NAMES, read_build
from cockpit.deploy.text import short
from cockpit.ports import Failed


def hot_slot(folder: Path) -> str:
    """Return the name of the hot slot; empty if there is none. Raises `Failed` if `current` is not the agent's."""
    current = folder / "current"
    try:
        parent, _, name = os.readlink(current).rpartition("/")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Failed(str(current), "is not a symlink", "move it away") from error
    if parent != "slots" or name not in SLOT_NAMES:
        raise Failed(str(current), "is not a symlink to slots/a, slots/b or slots/c", "remove it")
    return name


def flip(folder: Path, build: str) -> None:
    """Make the cold slot that holds `build` the hot one: atomic, and durable once this returns.

    Raises `Failed` if no cold slot holds the build.
    """
    hot = hot_slot(folder)
    name = next((name for name in SLOT_NAMES if name != hot and read_build(folder / "slots" / name) == build), "")
    if not name:
        raise Failed("slots", f"no cold slot holds {short(build)}", "tell the tier to run a build again")
    fresh = folder / ".current.new"
    fresh.unlink(missing_ok=True)
    os.symlink(f"slots/{name}", fresh)
    os.replace(fresh, folder / "current")
    sync_folder(folder)
