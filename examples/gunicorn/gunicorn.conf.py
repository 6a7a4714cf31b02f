"""gunicorn's configuration on a host that cockpit deploys to: `gunicorn -c gunicorn.conf.py shop:application`.

gunicorn reads this file again at each HUP and so resolves `current` again. Without it, a gunicorn that was started
inside `current` keeps that folder and serves the old build after every HUP; `--chdir` on the command line overrides
this file and does the same. Slots of earlier builds are removed from the module path. Do not use `preload_app`: its
modules stay in the master, and HUP does not reload them.
"""

import os
import sys

FOLDER = os.environ.get("SHOP", "/srv/shop")

chdir = os.path.realpath(f"{FOLDER}/current")
sys.path[:] = [path for path in sys.path if not path.startswith(f"{os.path.realpath(FOLDER)}/slots/")]

bind = os.environ.get("SHOP_BIND", "127.0.0.1:8000")
pidfile = f"{FOLDER}/gunicorn.pid"
workers = 2
graceful_timeout = 30
"""Seconds in which an old worker has to finish its requests."""
