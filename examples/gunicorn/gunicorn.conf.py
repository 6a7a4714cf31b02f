"""gunicorn's configuration on a host that cockpit deploys to: `gunicorn -c gunicorn.conf.py shop:application`.

gunicorn reads this file anew at each HUP, so `current` is resolved anew. Started inside `current` without it, gunicorn
keeps the folder that it was started in and serves the old build for ever, whatever HUP it gets; `--chdir` on the
command line goes before this file and does the same. Workers are to find their modules in their own slot alone: what
earlier builds left in the search path goes. Not `preload_app`: its modules stay in the master, and HUP changes nothing.
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
"""Seconds that a request has which an old worker is at."""
