"""Hooks for a host that runs a Python application by gunicorn: `python3 hook.py reload GUNICORN...|health`.

`reload` first loads the application in a process of its own: gunicorn ends, with all its workers, where a new one
cannot. Then it sends HUP: new workers begin in the slot that is hot (see gunicorn.conf.py), old ones finish what they
are at. `health` is done once the application itself reports the build and no worker is left in another slot.
GUNICORN_PIDFILE is gunicorn's pidfile. Exit 0: done, 75: not yet, 1: failed, with what gunicorn said.
"""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

NOT_YET = 75


def reload(gunicorn: list[str]) -> int:
    """On the slot that is hot."""
    done = subprocess.run([*gunicorn, "--check-config"], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr)
        return 1
    try:
        os.kill(_master(), signal.SIGHUP)
    except (OSError, ValueError) as error:
        print(f"gunicorn does not run, and begins in this slot when it is started: {error}")
    return 0


def health() -> int:
    """Whether the build answers, and nothing else may."""
    slot = os.environ["COCKPIT_SLOT"]
    try:
        master = _master()
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        places = {os.readlink(f"/proc/{pid}/cwd") for pid in workers}
        said = _reported()
    except (OSError, ValueError) as error:  # a worker has just ended, or none listens yet
        print(error)
        return NOT_YET
    print(f"build {said[:10] or 'unknown'} answers, from {', '.join(sorted(places)) or 'nowhere'}")
    return 0 if said == os.environ["COCKPIT_BUILD"] and places == {os.path.realpath(slot)} else NOT_YET


def _master() -> int:
    return int(Path(os.environ["GUNICORN_PIDFILE"]).read_text())


def _reported() -> str:
    try:
        with urllib.request.urlopen(os.environ["COCKPIT_URL"], timeout=5) as answer:  # noqa: S310 - the host's own address
            return str(answer.headers.get("X-Build", ""))
    except urllib.error.HTTPError as answer:
        return str(answer.headers.get("X-Build", ""))


if __name__ == "__main__":
    sys.exit(reload(sys.argv[2:]) if sys.argv[1] == "reload" else health())
