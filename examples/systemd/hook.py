"""Hooks for a host whose application is a systemd unit: `python3 hook.py restart|reload UNIT` and `hook.py health`.

`restart` is for what resolves `current` when it is started, with a socket unit that keeps connections meanwhile;
`reload` for a unit whose ExecReload makes the application resolve it anew. systemctl waits until that is done and says
what went wrong. `health` is done once the application itself reports the build. SYSTEMCTL is another command than
`systemctl`. Exit 0: done, 75: not yet, 1: failed, with what systemctl said.
"""

import os
import shlex
import subprocess
import sys
import urllib.error
import urllib.request

NOT_YET = 75


def told(verb: str, unit: str) -> int:
    """The unit has done so."""
    systemctl = shlex.split(os.environ.get("SYSTEMCTL", "systemctl"))
    argv = [*systemctl, "--no-ask-password", verb, unit]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout)
    return 1 if done.returncode else 0


def health() -> int:
    """Whether the build answers."""
    try:
        with urllib.request.urlopen(os.environ["COCKPIT_URL"], timeout=5) as answer:  # noqa: S310 - the host's own address
            said = answer.headers.get("X-Build", "")
    except urllib.error.HTTPError as answer:
        said = answer.headers.get("X-Build", "")
    except OSError as error:
        print(error)
        return NOT_YET
    print(f"build {said[:10] or 'unknown'} answers")
    return 0 if said == os.environ["COCKPIT_BUILD"] else NOT_YET


if __name__ == "__main__":
    sys.exit(told(*sys.argv[1:3]) if sys.argv[1] in ("restart", "reload") else health())
