"""An agent's hooks for these application servers: `python -I -S hook.py drain|inflight|reload|health|undrain`.

Exit 0: done; 75: not yet, ask again; 1: failed, with the reason on stderr. It imports nothing but the standard
library and little of that, for a deploy runs it some hundred times.
"""

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

DONE, FAILED, NOT_YET = 0, 1, 75
TIMEOUT = 3.0


def drain(folder: str) -> int:
    """Take the host out of the balancer, which looks at /health."""
    with open(os.path.join(folder, "draining"), "wb"):
        return DONE


def undrain(folder: str) -> int:
    """Put it back."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, "draining"))
    return DONE


def inflight(folder: str) -> int:
    """Whether no request is under way; a server that does not answer has none."""
    try:
        return NOT_YET if _health()["inflight"] else DONE
    except (OSError, ValueError, KeyError):
        return DONE


def reload(folder: str) -> int:
    """Let the application server look at `current` again; what failed before is forgotten."""
    try:
        with open(os.path.join(folder, "app.pid"), encoding="ascii") as file:
            master = int(file.read())
    except (OSError, ValueError) as error:
        return _fail(f"the application server is not running: {error}")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, "app.failed"))
    try:
        os.kill(master, signal.SIGHUP)
    except ProcessLookupError:
        return _fail(f"the application server, process {master}, is gone")
    return DONE


def health(folder: str) -> int:
    """Whether the application answers with the wanted build."""
    wanted = os.environ["COCKPIT_BUILD"]
    try:
        said = _health()
    except (OSError, ValueError) as error:
        print(f"no answer yet: {error}", file=sys.stderr)
        return NOT_YET
    failed = said.get("failed")
    if failed and failed["build"] == wanted:
        return _fail(f"the application does not start: {failed['reason']}")
    if said.get("build") == wanted:
        return DONE
    print(f"build {str(said.get('build'))[:10] or 'none'} still answers", file=sys.stderr)
    return NOT_YET


HOOKS: dict[str, Callable[[str], int]] = {
    "drain": drain,
    "inflight": inflight,
    "reload": reload,
    "health": health,
    "undrain": undrain,
}


def _health() -> dict[str, Any]:
    """What /health says, whatever its status. Raises `OSError` and `ValueError`."""
    host, _, port = os.environ["COCKPIT_URL"].partition("://")[2].rstrip("/").partition(":")
    with socket.create_connection((host, int(port or 80)), TIMEOUT) as connection:
        connection.sendall(f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while part := connection.recv(65536):
            received += part
    said: dict[str, Any] = json.loads(received.partition(b"\r\n\r\n")[2])
    return said


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in HOOKS:
        sys.exit(f"one of {', '.join(HOOKS)}")
    sys.exit(HOOKS[sys.argv[1]](os.environ["COCKPIT_FOLDER"]))
