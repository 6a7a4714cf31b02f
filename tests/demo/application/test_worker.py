"""Connections of a worker that drains."""

import http.client
from pathlib import Path

from tests.demo.shop_server import host_folder, server


def test_a_draining_worker_answers_an_idle_connection_and_closes_it(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
        connection.request("GET", "/")
        reply = connection.getresponse()
        reply.read()
        assert reply.headers["Connection"] is None
        running.reload("b", "bbbb")
        connection.request("GET", "/")
        reply = connection.getresponse()
        reply.read()
        assert (reply.status, reply.headers["X-Build"], reply.headers["Connection"]) == (200, "aaaa", "close")
        connection.close()
