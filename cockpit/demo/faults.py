"""What is broken in the company on purpose: a file that names the processes to be kept down.

Whoever drills writes it and the company obeys: what is named is killed, and not started again while it is named.
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
RIVAL = ("shop/checkout.py", 'fields["currency"])', 'fields["currency"].upper())')
"""(file, what stands there, what a colleague makes of it): the very line that the bad pull request brought."""


def application(host: str) -> str:
    """What a host's application server is called here."""
    return f"{host}.app"


def read_faults(path: Path) -> frozenset[str]:
    """The processes to be kept down; none where there is no file."""
    try:
        return frozenset(msgspec.json.decode(path.read_bytes(), type=list[str]))
    except FileNotFoundError:
        return frozenset()


def write_faults(path: Path, *names: str) -> None:
    """Replace the file; a reader sees the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(names))
    fresh.replace(path)


def land_rival(origin: Path) -> str:
    """A colleague's change lands on main, on the line that the bad pull request brought: its revert conflicts from then
    on. The commit. Raises `Failed`."""
    file, find, put = RIVAL
    folder = Path(tempfile.mkdtemp(prefix="cockpit-drill-"))
    try:
        _git("clone", "-q", "--depth", "1", f"file://{origin}", str(folder / "desk"))
        page = folder / "desk" / file
        text = page.read_text(encoding="utf-8")
        if text.count(find) != 1:
            raise Failed("demo", f"{file} has {find} {text.count(find)} times", "play another seed")
        page.write_text(text.replace(find, put), encoding="utf-8")
        _git("-C", str(folder / "desk"), *COLLEAGUE, "commit", "-qam", "Take currencies in small letters, too (#45)")
        _git("-C", str(folder / "desk"), "push", "-q", "origin", "HEAD:main")
        return _git("-C", str(folder / "desk"), "rev-parse", "HEAD")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _git(*argv: str) -> str:
    done = subprocess.run(["git", *argv], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed("git", done.stderr.strip() or f"{argv[0]} failed", "look into the demo's repository")
    return done.stdout.strip()
