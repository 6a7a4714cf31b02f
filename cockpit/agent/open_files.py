"""Who is still in a slot: a process that has its working folder, an open file or a mapping there.

A worker that answers a slow request of two builds ago would read the new build's files under the old one's names. What
belongs to other users can be seen by root alone; where the agent is not, it sees the processes of its own user.
"""

import os
from pathlib import Path

from cockpit.deploy.text import clean

PROC = Path("/proc")


def process_using(folder: Path, proc: Path = PROC) -> str:
    """One process that uses something in `folder`, as people name it; empty for none. Never raises."""
    inside = os.path.realpath(folder)
    try:
        processes = [name for name in os.listdir(proc) if name.isdigit() and int(name) != os.getpid()]
    except OSError:
        return ""
    for name in processes:
        process = f"{proc}/{name}"
        if any(_is_in(f"{process}/{link}", inside) for link in ("cwd", "root", "exe")) or (
            _has_open(f"{process}/fd", inside) or _has_mapped(f"{process}/maps", inside)
        ):
            return f"process {name} ({_command(process)})"
    return ""


def _is_in(link: str, inside: str) -> bool:
    try:
        target = os.readlink(link)
    except OSError:
        return False
    return target == inside or target.startswith(f"{inside}/")


def _has_open(folder: str, inside: str) -> bool:
    try:
        return any(_is_in(f"{folder}/{name}", inside) for name in os.listdir(folder))
    except OSError:
        return False


def _has_mapped(maps: str, inside: str) -> bool:
    try:
        with open(maps, "rb", buffering=0) as file:
            return f"{inside}/".encode() in file.read()
    except OSError:
        return False


def _command(process: str) -> str:
    try:
        return clean(Path(process, "comm").read_text(encoding="utf-8", errors="replace").strip())
    except OSError:
        return "it has just ended"
