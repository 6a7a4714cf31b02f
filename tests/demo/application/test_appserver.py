"""The application server under reloads, broken builds and killed workers."""

import http.client
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo.shop_server import Server, flip_current, host_folder, server
from tests.waiting import wait_until


def request_until(port: int, over: threading.Event, keep: bool) -> tuple[int, list[str]]:
    """Request the front page until `over`, on one connection or a new one each time; (replies, problems)."""
    replies, problems = 0, []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    while not over.is_set():
        try:
            connection.request("GET", "/", headers={} if keep else {"Connection": "close"})
            reply = connection.getresponse()
            body = reply.read().decode()
        except (OSError, http.client.HTTPException) as error:
            problems.append(repr(error))
            connection.close()
            continue
        replies += 1
        commit = {"aaaa": "c1", "bbbb": "c2"}[reply.headers["X-Build"]]
        if reply.status != 200 or reply.headers["X-Commit"] != commit or f"shop at {commit}<" not in body:
            problems.append(f"{reply.status} {reply.headers} {body}")
    connection.close()
    return replies, problems


def test_reloads_under_load_drop_no_request_and_mix_no_builds(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        over = threading.Event()
        results: list[tuple[int, list[str]]] = []
        clients = [
            threading.Thread(target=lambda keep=keep: results.append(request_until(running.port, over, keep)))
            for keep in (True, True, False)
        ]
        for client in clients:
            client.start()
        for slot, build in (("b", "bbbb"), ("a", "aaaa"), ("b", "bbbb"), ("a", "aaaa")):
            running.reload(slot, build)
        over.set()
        for client in clients:
            client.join()
    assert [problems for _, problems in results] == [[], [], []]
    assert sum(replies for replies, _ in results) > 500


def test_a_build_that_cannot_load_leaves_the_old_one_serving_and_reports_why(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    (folder / "slots" / "b" / "shop" / "prices.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    with server(folder) as running:
        flip_current(folder, "b")
        running.hook("reload")
        running.until(lambda: "failed" in running.health())
        health = running.health()
        assert health["build"] == "aaaa"
        assert "nowhere_to_be_found" in str(health["failed"])
        assert running.get("/")[1]["x-build"] == "aaaa"
        refused = running.hook("health", "bbbb")
        assert refused.returncode == 1
        assert "nowhere_to_be_found" in refused.stderr
        running.reload("a", "aaaa")
        assert "failed" not in running.health()


def test_a_server_without_a_build_serves_the_first_one_that_comes(tmp_path: Path) -> None:
    folder = host_folder(tmp_path, current="")
    with server(folder) as running:
        assert running.get("/health")[0] == 503
        assert running.get("/")[0] == 503
        running.reload("a", "aaaa")
        assert running.get("/health")[0] == 200


def test_a_first_build_that_cannot_load_is_reported(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    (folder / "slots" / "a" / "shop" / "application.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    with server(folder) as running:
        assert running.get("/health")[0] == 503
        assert running.hook("health", "aaaa").returncode == 1


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        children = Path(f"/proc/{running.master.pid}/task/{running.master.pid}/children")
        if not children.exists():
            pytest.skip("this system does not list a process's children")
        worker = int(children.read_text().split()[0])
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: children.read_text().split() not in ([], [str(worker)]))
        running.until(answers(running))


def answers(running: Server) -> Callable[[], bool]:
    def check() -> bool:
        try:
            return running.get("/")[0] == 200
        except OSError:
            return False

    return check
