"""The agent's hooks against a real application server."""

import threading
from pathlib import Path

from tests.demo.shop_server import host_folder, server
from tests.waiting import wait_until


def test_a_drained_host_fails_health_and_keeps_serving(tmp_path: Path) -> None:
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


def test_reload_fails_and_health_waits_without_a_server(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    with server(folder) as running:
        pass
    assert running.hook("reload").returncode == 1
    assert "not running" in running.hook("reload").stderr
    assert running.hook("health", "aaaa").returncode == 75
    assert running.hook("inflight").returncode == 0


def test_inflight_is_not_yet_while_a_request_is_answered(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    slow = folder / "slots" / "a" / "shop" / "search.py"
    slow.write_text(
        "import time\n" + slow.read_text("utf-8").replace("    wanted =", "    time.sleep(0.5)\n    wanted =")
    )
    with server(folder) as running:
        client = threading.Thread(target=running.get, args=("/search?q=mug",))
        client.start()
        wait_until(lambda: running.hook("inflight").returncode == 75)
        client.join()
        assert running.hook("inflight").returncode == 0
