"""The agent's hooks for the demo's application server: `python -I -S hook.py drain|inflight|reload|health|undrain`.

Exit 0: done; 75: not yet, ask again; 1: failed, with the reason on stderr. It imports little of the standard library
and nothing else, because a deploy runs it about a hundred times.
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
    """Make /health fail, so that the load balancer sends nothing new."""
    with open(os.path.join(folder, "draining"), "wb"):
        return DONE


def undrain(folder: str) -> int:
    """Make /health succeed again."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, "draining"))
    return DONE


def inflight(folder: str) -> int:
    """Done once no request is being answered; a server that does not answer has none."""
    try:
        return NOT_YET if _health()["inflight"] else DONE
    except (OSError, ValueError, KeyError):
        return DONE


def reload(folder: str) -> int:
    """Have the application server load `current` and forget an earlier failure."""
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
        return _fail(f"the application server, process {master}, has ended")
    return DONE


def health(folder: str) -> int:
    """Done once the application serves the wanted build."""
    wanted = os.environ["COCKPIT_BUILD"]
    try:
        reply = _health()
    except (OSError, ValueError) as error:
        print(f"no answer yet: {error}", file=sys.stderr)
        return NOT_YET
    failed = reply.get("failed")
    if failed and failed["build"] == wanted:
        return _fail(f"the application cannot start: {failed['reason']}")
    if reply.get("build") == wanted:
        return DONE
    print(f"build {str(reply.get('build'))[:10] or 'none'} still answers", file=sys.stderr)
    return NOT_YET


HOOKS: dict[str, Callable[[str], int]] = {
    "drain": drain,
    "inflight": inflight,
    "reload": reload,
    "health": health,
    "undrain": undrain,
}


def _health() -> dict[str, Any]:
    """The body of /health for any HTTP status. Raises `OSError` and `ValueError`."""
    host, _, port = os.environ["COCKPIT_URL"].partition("://")[2].rstrip("/").partition(":")
    with socket.create_connection((host, int(port or 80)), TIMEOUT) as connection:
        connection.sendall(f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while part := connection.recv(65536):
            received += part
    reply: dict[str, Any] = json.loads(received.partition(b"\r\n\r\n")[2])
    return reply


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in HOOKS:
        sys.exit(f"usage: hook.py {'|'.join(HOOKS)}")
    sys.exit(HOOKS[sys.argv[1]](os.environ["COCKPIT_FOLDER"]))
