"""Faults of a drill: a file that names the processes to keep down, and a conflicting change on main.

The drill writes the file. The company kills the processes it names and does not restart them while they are named.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from cockpit.ports import Failed

CONSUL = "consul"
PROMETHEUS = "prometheus"
COLLEAGUE = ("-c", "user.name=Tove Árnadóttir", "-c", "user.email=tove@shop.example")
CONFLICTING_EDIT = ("shop/checkout.py", 'fields["currency"])', 'fields["currency"].upper())')
"""(file, old text, new text) of a colleague's change to the line that the bad pull request changed."""


def application_name(host: str) -> str:
    """The name of a host's application server in the faults file."""
    return f"{host}.app"


def read_faults(path: Path) -> frozenset[str]:
    """The names of the processes to keep down; empty if there is no file."""
    try:
        return frozenset(msgspec.json.decode(path.read_bytes(), type=list[str]))
    except FileNotFoundError:
        return frozenset()


def write_faults(path: Path, *names: str) -> None:
    """Replace the file atomically."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(names))
    fresh.replace(path)


def land_conflicting_change(origin: Path) -> str:
    """Push a colleague's change to main with which a revert of the bad pull request conflicts; its commit id.

    Raises `Failed`.
    """
    file, old, new = CONFLICTING_EDIT
    folder = Path(tempfile.mkdtemp(prefix="cockpit-drill-"))
    clone = folder / "clone"
    try:
        _git("clone", "-q", "--depth", "1", f"file://{origin}", str(clone))
        text = (clone / file).read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise Failed("demo", f"{file} contains {old} {text.count(old)} times", "use another seed")
        (clone / file).write_text(text.replace(old, new), encoding="utf-8")
        _git("-C", str(clone), *COLLEAGUE, "commit", "-qam", "Take currencies in small letters, too (#45)")
        _git("-C", str(clone), "push", "-q", "origin", "HEAD:main")
        return _git("-C", str(clone), "rev-parse", "HEAD")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _git(*argv: str) -> str:
    done = subprocess.run(["git", *argv], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed("git", done.stderr.strip() or f"{argv[0]} failed", "look into the demo's repository")
    return done.stdout.strip()
