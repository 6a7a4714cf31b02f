"""Finds a process that still uses a slot: its working folder, an open file or a mapping is there.

A worker that still answers a slow request with the build before last would read the new build's files under the old
names. Only root sees the processes of other users; another user's agent sees its own.
"""

import os
from pathlib import Path

from cockpit.deploy.text import clean

PROC = Path("/proc")


def process_using(folder: Path, proc: Path = PROC) -> str:
    """Describe one process that uses `folder`, as `process 12 (python)`; empty for none. Never raises."""
    inside = os.path.realpath(folder)
    try:
        processes = [name for name in os.listdir(proc) if name.isdigit() and int(name) != os.getpid()]
    except OSError:
        return ""
    for name in processes:
        process = f"{proc}/{name}"
        if any(_leads_inside(f"{process}/{link}", inside) for link in ("cwd", "root", "exe")) or (
            _has_open(f"{process}/fd", inside) or _has_mapped(f"{process}/maps", inside)
        ):
            return f"process {name} ({_command(process)})"
    return ""


def _leads_inside(link: str, inside: str) -> bool:
    try:
        target = os.readlink(link)
    except OSError:
        return False
    return target == inside or target.startswith(f"{inside}/")


def _has_open(folder: str, inside: str) -> bool:
    try:
        return any(_leads_inside(f"{folder}/{name}", inside) for name in os.listdir(folder))
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
        return "just ended"
