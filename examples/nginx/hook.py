"""Hooks for a host that serves files by nginx: `python3 hook.py reload|health`.

`root /srv/shop/current` would be looked up anew for every file, so one page could be of two builds. Instead `reload`
writes the slot itself into `root.conf`, which the server block includes, and reloads nginx gracefully: old workers end
on the old slot, new ones begin on the new. `health` is done once nginx answers with the build. NGINX_CONF is nginx's
own configuration. Exit 0: done, 75: not yet, 1: failed, with what nginx said.
"""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

NOT_YET = 75


def reload() -> int:
    """On the slot that is hot."""
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
    sys.exit({"reload": reload, "health": health}[sys.argv[1]]())
