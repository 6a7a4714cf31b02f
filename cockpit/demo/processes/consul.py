"""The company's Consul server: its settings and command line. Ports and data lie in a folder."""

import json
import shutil
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cockpit.demo.processes.ports import free_ports
from cockpit.ports import Failed

SETTINGS = "consul.json"
EMPTY_FILE = "empty"
"""The token file, empty so that no token from the environment is sent to the demo's server."""


def prepare(folder: Path) -> None:
    """Write the settings once: a server that restarts with other ports does not rejoin itself. Raises `Failed`."""
    if shutil.which("consul") is None:
        raise Failed("demo", "consul is not on PATH", "`make services` installs it")
    if (folder / SETTINGS).exists():
        return
    http, rpc, serf = free_ports(3)
    settings = {
        "node_name": "demo",
        "data_dir": str(folder / "data"),
        "bind_addr": "127.0.0.1",
        "server": True,
        "bootstrap_expect": 1,
        "ports": {"http": http, "server": rpc, "serf_lan": serf, "serf_wan": -1, "dns": -1, "grpc": -1},
        "performance": {"raft_multiplier": 1},
        "disable_update_check": True,
        "log_level": "warn",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EMPTY_FILE).touch()
    half = folder / f"{SETTINGS}.new"
    half.write_text(json.dumps(settings), encoding="utf-8")
    half.replace(folder / SETTINGS)


def command(folder: Path) -> tuple[str, ...]:
    """The command line of the server."""
    return ("consul", "agent", "-config-file", str(folder / SETTINGS))


def address(folder: Path) -> str:
    """`host:port` of its HTTP API."""
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    return f"127.0.0.1:{settings['ports']['http']}"


def store_config(folder: Path) -> str:
    """The lines of `[store]`. They override the CONSUL_* environment variables."""
    return f'address = "http://{address(folder)}"\ntoken_file = {json.dumps(str(folder / EMPTY_FILE))}'


def has_leader(folder: Path) -> bool:
    """Whether the server has a leader and takes writes; blocks for at most a second."""
    connection = HTTPConnection(address(folder), timeout=1.0)
    try:
        with suppress(OSError, HTTPException, ValueError):
            connection.request("GET", "/v1/catalog/nodes?consistent")
            return connection.getresponse().status == 200
        return False
    finally:
        connection.close()
