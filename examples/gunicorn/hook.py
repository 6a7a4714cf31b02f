"""Hooks for a host that runs a Python application with gunicorn: `python3 hook.py reload GUNICORN...|health`.

`reload` first loads the application in a separate process, because gunicorn exits with all its workers if a new worker
cannot load it. Then it sends HUP: new workers start in the hot slot (see gunicorn.conf.py), old ones finish their
requests. `health` succeeds once the application reports the build and no worker is left in another slot.
GUNICORN_PIDFILE is gunicorn's pidfile. Exit 0: done, 75: not yet, 1: failed, with the output of gunicorn.
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
    """Start workers on the hot slot."""
    done = subprocess.run([*gunicorn, "--check-config"], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr)
        return 1
    try:
        os.kill(_master(), signal.SIGHUP)
    except (OSError, ValueError) as error:
        print(f"gunicorn does not run and will use this slot once it starts: {error}")
    return 0


def health() -> int:
    """Check that the build answers and no other worker is left."""
    slot = os.environ["COCKPIT_SLOT"]
    try:
        master = _master()
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        places = {os.readlink(f"/proc/{pid}/cwd") for pid in workers}
        build = _reported_build()
    except (OSError, ValueError) as error:  # a worker has just ended or none listens yet
        print(error)
        return NOT_YET
    print(f"build {build[:10] or 'unknown'} answers, from {', '.join(sorted(places)) or 'nowhere'}")
    return 0 if build == os.environ["COCKPIT_BUILD"] and places == {os.path.realpath(slot)} else NOT_YET


def _master() -> int:
    return int(Path(os.environ["GUNICORN_PIDFILE"]).read_text())


def _reported_build() -> str:
    try:
        with urllib.request.urlopen(os.environ["COCKPIT_URL"], timeout=5) as reply:  # noqa: S310 - the host's own address
            return str(reply.headers.get("X-Build", ""))
    except urllib.error.HTTPError as reply:
        return str(reply.headers.get("X-Build", ""))


if __name__ == "__main__":
    sys.exit(reload(sys.argv[2:]) if sys.argv[1] == "reload" else health())
