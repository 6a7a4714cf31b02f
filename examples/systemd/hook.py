"""Hooks for a host whose application is a systemd unit: `python3 hook.py restart|reload UNIT` and `hook.py health`.

`restart` suits an application that resolves `current` at its start, with a socket unit that holds connections
meanwhile; `reload` suits a unit whose ExecReload resolves it again. systemctl waits for the result. `health` succeeds
once the application reports the build. SYSTEMCTL replaces the command `systemctl`.
Exit 0: done, 75: not yet, 1: failed, with the output of systemctl.
"""

import os
import shlex
import subprocess
import sys
import urllib.error
import urllib.request

NOT_YET = 75


def systemctl(verb: str, unit: str) -> int:
    """Run `systemctl VERB UNIT`."""
    command = shlex.split(os.environ.get("SYSTEMCTL", "systemctl"))
    argv = [*command, "--no-ask-password", verb, unit]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout)
    return 1 if done.returncode else 0


def health() -> int:
    """Check that the build answers."""
    try:
        with urllib.request.urlopen(os.environ["COCKPIT_URL"], timeout=5) as reply:  # noqa: S310 - the host's own address
            build = reply.headers.get("X-Build", "")
    except urllib.error.HTTPError as reply:
        build = reply.headers.get("X-Build", "")
    except OSError as error:
        print(error)
        return NOT_YET
    print(f"build {build[:10] or 'unknown'} answers")
    return 0 if build == os.environ["COCKPIT_BUILD"] else NOT_YET


if __name__ == "__main__":
    sys.exit(systemctl(*sys.argv[1:3]) if sys.argv[1] in ("restart", "reload") else health())
