"""The application server: reloads drop nothing, a build that does not load changes nothing."""

import http.client
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo.shops import Server, host_folder, point, server, within


def reload(running: Server, slot: str, build: str) -> None:
    point(running.folder, slot)
    assert running.hook("reload").returncode == 0
    running.until(lambda: running.health()["build"] == build)


def ask_on(port: int, over: threading.Event, keep: bool) -> tuple[int, list[str]]:
    """Ask for the front page until `over`, over a kept connection or a new one each time; (answers, what was wrong)."""
    answers, wrong = 0, []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    while not over.is_set():
        try:
            connection.request("GET", "/", headers={} if keep else {"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            wrong.append(repr(error))
            connection.close()
            continue
        answers += 1
        commit = {"aaaa": "c1", "bbbb": "c2"}[answer.headers["X-Build"]]
        if answer.status != 200 or answer.headers["X-Commit"] != commit or f"shop at {commit}<" not in body:
            wrong.append(f"{answer.status} {answer.headers} {body}")
    connection.close()
    return answers, wrong


def test_reloads_under_load_drop_nothing_and_no_answer_is_of_two_builds(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        over = threading.Event()
        seen: list[tuple[int, list[str]]] = []
        clients = [
            threading.Thread(target=lambda keep=keep: seen.append(ask_on(running.port, over, keep)))
            for keep in (True, True, False)
        ]
        for client in clients:
            client.start()
        for slot, build in (("b", "bbbb"), ("a", "aaaa"), ("b", "bbbb"), ("a", "aaaa")):
            reload(running, slot, build)
        over.set()
        for client in clients:
            client.join()
    assert [wrong for _, wrong in seen] == [[], [], []]
    assert sum(answers for answers, _ in seen) > 500


def test_an_idle_connection_is_told_to_close_by_the_worker_that_leaves(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.headers["Connection"] is None
        reload(running, "b", "bbbb")
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        assert (answer.status, answer.headers["X-Build"], answer.headers["Connection"]) == (200, "aaaa", "close")
        connection.close()


def test_a_build_that_does_not_load_leaves_the_old_one_serving_and_says_why(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    (folder / "slots" / "b" / "shop" / "prices.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    with server(folder) as running:
        point(folder, "b")
        running.hook("reload")
        running.until(lambda: "failed" in running.health())
        health = running.health()
        assert health["build"] == "aaaa"
        assert "nowhere_to_be_found" in str(health["failed"])
        assert running.get("/")[1]["x-build"] == "aaaa"
        refused = running.hook("health", "bbbb")
        assert refused.returncode == 1
        assert "nowhere_to_be_found" in refused.stderr
        reload(running, "a", "aaaa")
        assert "failed" not in running.health()


def test_without_a_build_it_waits_and_serves_the_first_one_that_comes(tmp_path: Path) -> None:
    folder = host_folder(tmp_path, current="")
    with server(folder) as running:
        assert running.get("/health")[0] == 503
        assert running.get("/")[0] == 503
        reload(running, "a", "aaaa")
        assert running.get("/health")[0] == 200


def test_a_first_build_that_does_not_load_is_told_as_well(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    (folder / "slots" / "a" / "shop" / "application.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    with server(folder) as running:
        assert running.get("/health")[0] == 503
        assert running.hook("health", "aaaa").returncode == 1


def test_draining_says_503_and_serves_on(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        assert running.hook("drain").returncode == 0
        assert running.get("/health")[0] == 503
        assert running.get("/")[0] == 200
        assert running.hook("health", "aaaa").returncode == 0
        assert running.hook("undrain").returncode == 0
        assert running.hook("undrain").returncode == 0
        assert running.get("/health")[0] == 200


def test_health_is_not_yet_while_another_build_answers(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        assert running.hook("health", "bbbb").returncode == 75


def test_hooks_without_a_server_say_so(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    with server(folder) as running:
        pass
    assert running.hook("reload").returncode == 1
    assert "not running" in running.hook("reload").stderr
    assert running.hook("health", "aaaa").returncode == 75
    assert running.hook("inflight").returncode == 0


def test_inflight_is_not_yet_while_a_request_is_under_way(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    slow = folder / "slots" / "a" / "shop" / "search.py"
    slow.write_text(
        "import time\n" + slow.read_text("utf-8").replace("    wanted =", "    time.sleep(0.5)\n    wanted =")
    )
    with server(folder) as running:
        client = threading.Thread(target=running.get, args=("/search?q=mug",))
        client.start()
        within(lambda: running.hook("inflight").returncode == 75)
        client.join()
        assert running.hook("inflight").returncode == 0


def test_counters_begin_at_zero_with_each_worker_and_leave_health_out(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        for _ in range(3):
            running.get("/product/mug")
        running.ask("POST", "/checkout", b"{broken")
        said = running.get("/metrics")[2].decode()
        assert 'http_requests_total{build="aaaa",route="/product"} 3' in said
        assert 'http_request_errors_total{build="aaaa",route="/product"} 0' in said
        assert 'http_request_errors_total{build="aaaa",route="/checkout"} 1' in said
        assert "/health" not in said
        reload(running, "b", "bbbb")
        assert 'http_requests_total{build="bbbb",route="/"} 0' in running.get("/metrics")[2].decode()


def test_paths_of_strangers_cannot_grow_or_break_the_counters(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        running.get("/a%22%7D%0Ahttp_requests_total%201")
        for number in range(60):
            running.get(f"/x{number}")
        lines = running.get("/metrics")[2].decode().splitlines()
        assert len([line for line in lines if line.startswith("http_requests_total{")]) <= 51
        assert any('route="other"' in line for line in lines)


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        children = Path(f"/proc/{running.master.pid}/task/{running.master.pid}/children")
        if not children.exists():
            pytest.skip("this system does not list a process's children")
        worker = int(children.read_text().split()[0])
        os.kill(worker, signal.SIGKILL)
        within(lambda: children.read_text().split() not in ([], [str(worker)]))
        running.until(answers(running))


def answers(running: Server) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return running.get("/")[0] == 200
        except OSError:
            return False

    return ask
