"""Real Consul servers on free ports, each in a folder of its own."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from cockpit.adapters.consul.address import ConsulAddress
from cockpit.demo.processes.ports import free_ports
from tests.programs import need

PATIENCE = 30.0
ROOT_TOKEN = "11111111-2222-3333-4444-555555555555"
"""The management token of servers with ACLs."""


class ConsulProcess:
    """A Consul agent: a server, or a client if `servers` is 0."""

    def __init__(
        self,
        folder: Path,
        name: str,
        servers: int = 1,
        acl: bool = False,
        connections: int = 500,
        tls: Mapping[str, str] | None = None,
    ) -> None:
        self._program = need("consul")
        self.folder = folder
        self.name = name
        self.http, self.https, rpc, self.serf = free_ports(4)
        settings: dict[str, Any] = {
            "node_name": name,
            "data_dir": str(folder / "data"),
            "bind_addr": "127.0.0.1",
            "server": servers > 0,
            "ports": {"http": self.http, "server": rpc, "serf_lan": self.serf, "serf_wan": -1, "dns": -1, "grpc": -1},
            "performance": {"raft_multiplier": 1},
            "limits": {"http_max_conns_per_client": connections},
            "disable_update_check": True,
            "log_level": "warn",
        }
        if tls:
            settings |= {"ca_file": tls["ca"], "cert_file": tls["cert"], "key_file": tls["key"]}
            settings |= {"verify_incoming_https": True}
            settings["ports"]["https"] = self.https
        if servers:
            settings["bootstrap_expect"] = servers
        if acl:
            tokens = {"master": ROOT_TOKEN, "agent": ROOT_TOKEN}
            settings["acl"] = {"enabled": True, "default_policy": "deny", "down_policy": "deny", "tokens": tokens}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "consul.json").write_text(json.dumps(settings))
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> ConsulAddress:
        return ConsulAddress("127.0.0.1", self.http)

    def start(self, *join: "ConsulProcess") -> None:
        """Start or restart it."""
        watched = (sys.executable, "-m", "cockpit.demo.processes.parent_watch", "--parent", str(os.getpid()), "--")
        options = ["agent", "-config-file", str(self.folder / "consul.json"), "-retry-interval=1s"]
        joins = [f"-retry-join=127.0.0.1:{other.serf}" for other in join]
        with (self.folder / "log").open("ab") as log:
            self._running = subprocess.Popen([*watched, self._program, *options, *joins], stdout=log, stderr=log)

    def kill(self) -> None:
        """Send SIGKILL and wait."""
        if self._running:
            self._running.kill()
            self._running.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, SIGSTOP for example."""
        assert self._running
        self._running.send_signal(number)

    def wipe(self) -> None:
        """Remove its data; it must not run."""
        shutil.rmtree(self.folder / "data")

    def request(self, path: str, method: str = "GET", body: Any = None, token: str = "") -> Any:
        """The reply of the HTTP API, None for an empty one. Raises `OSError` and `LookupError`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)
        with contextlib.closing(connection):
            headers = {"X-Consul-Token": token} if token else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            reply = connection.getresponse()
            content = reply.read()
        if reply.status != 200:
            raise LookupError(reply.status, content)
        return json.loads(content) if content else None

    def wait_for_leader(self, token: str = "") -> None:
        """Wait until it has a leader that answers."""
        end = monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError, LookupError, http.client.HTTPException):
                if self.request("/v1/status/leader") and self.request("/v1/agent/self", token=token):
                    self.request("/v1/catalog/nodes?consistent", token=token)
                    return
            assert monotonic() < end, (self.folder / "log").read_text()
            sleep(0.02)


@contextmanager
def consul_server(folder: Path, acl: bool = False) -> Iterator[ConsulProcess]:
    """A running server."""
    made = ConsulProcess(folder, "solo", acl=acl)
    try:
        made.start()
        made.wait_for_leader(ROOT_TOKEN if acl else "")
        yield made
    finally:
        made.kill()


@contextmanager
def consul_cluster(folder: Path) -> Iterator[tuple[ConsulProcess, tuple[ConsulProcess, ...]]]:
    """(a client as on every host, three servers), running."""
    servers = tuple(ConsulProcess(folder / f"server{n}", f"server{n}", servers=3) for n in range(3))
    client = ConsulProcess(folder / "client", "client", servers=0)
    with ExitStack() as ends:
        for agent in (*servers, client):
            agent.start(*servers)
            ends.callback(agent.kill)
        client.wait_for_leader()
        yield client, servers


def leader_of(servers: tuple[ConsulProcess, ...]) -> ConsulProcess:
    """The current leader."""
    for server in servers:
        with contextlib.suppress(OSError, LookupError, http.client.HTTPException):
            port = int(str(server.request("/v1/status/leader")).rpartition(":")[2])
            for other in servers:
                if json.loads((other.folder / "consul.json").read_text())["ports"]["server"] == port:
                    return other
    raise LookupError("no leader")
