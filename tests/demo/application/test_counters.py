"""The counters of a worker in /metrics."""

from pathlib import Path

from tests.demo.shop_server import host_folder, server


def test_each_worker_counts_from_zero_and_leaves_health_out(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        for _ in range(3):
            running.get("/product/mug")
        running.request("POST", "/checkout", b"{broken")
        text = running.get("/metrics")[2].decode()
        assert 'http_requests_total{build="aaaa",route="/product"} 3' in text
        assert 'http_request_errors_total{build="aaaa",route="/product"} 0' in text
        assert 'http_request_errors_total{build="aaaa",route="/checkout"} 1' in text
        assert "/health" not in text
        running.reload("b", "bbbb")
        assert 'http_requests_total{build="bbbb",route="/"} 0' in running.get("/metrics")[2].decode()


def test_arbitrary_paths_neither_grow_nor_break_the_counters(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        running.get("/a%22%7D%0Ahttp_requests_total%201")
        for number in range(60):
            running.get(f"/x{number}")
        lines = running.get("/metrics")[2].decode().splitlines()
        assert len([line for line in lines if line.startswith("http_requests_total{")]) <= 51
        assert any('route="other"' in line for line in lines)
