"""Hooks for a host that serves files with nginx: `python3 hook.py reload|health`.

nginx would resolve `root /srv/shop/current` for every file, so that one page could mix two builds. Instead `reload`
writes the slot itself to `root.conf`, which the server block includes, and reloads nginx gracefully: old workers finish
on the old slot, new ones start on the new slot. `health` succeeds once nginx answers with the build. NGINX_CONF is
nginx's configuration. Exit 0: done, 75: not yet, 1: failed, with the output of nginx.
"""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

NOT_YET = 75


def reload() -> int:
    """Serve the hot slot."""
    folder, build = Path(os.environ["COCKPIT_FOLDER"]), os.environ["COCKPIT_BUILD"]
    fresh = folder / "root.conf.new"
    fresh.write_text(f'root "{os.environ["COCKPIT_SLOT"]}";\nadd_header X-Build {build} always;\n', encoding="utf-8")
    fresh.replace(folder / "root.conf")
    nginx = ["nginx", "-c", os.environ["NGINX_CONF"]]
    for argv in ([*nginx, "-q", "-t"], [*nginx, "-s", "reload"]):
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr)
            return 1
    return 0


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
    sys.exit({"reload": reload, "health": health}[sys.argv[1]]())
