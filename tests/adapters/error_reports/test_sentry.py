"""Errors are read over real HTTP, in the shapes that Sentry documents."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cockpit.adapters.error_reports.sentry import SentryErrorReports, read_token
from cockpit.deploy.suspects.stack_trace import read_trace
from cockpit.ports import Failed

EVENT = {
    "tags": [{"key": "transaction", "value": "GET /cart\x1b[2J"}],
    "entries": [
        {
            "type": "exception",
            "data": {
                "values": [
                    {
                        "type": "ValueError",
                        "value": "no price",
                        "stacktrace": {
                            "frames": [
                                {"filename": "shop/app.py", "lineNo": 3, "function": "serve"},
                                {"filename": "shop/cart.py", "lineNo": 88, "function": "total"},
                            ]
                        },
                    }
                ]
            },
        }
    ],
}


def issue(number: int, seen: str, title: str) -> dict[str, str]:
    return {"id": str(number), "firstSeen": seen, "title": title, "culprit": "shop.cart in total"}


@dataclass
class Server:
    """Answers by path, and records the requests with their tokens."""

    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, self.headers.get("Authorization", "")))
            code, value = server.answers.get(self.path.partition("?")[0], (404, {}))
            body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as http:
        server.url = f"http://127.0.0.1:{http.server_address[1]}/api/0/projects/town/shop/issues/"
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield server
        http.shutdown()
        thread.join()


LIST, LATEST = "/api/0/projects/town/shop/issues/", "/api/0/issues/{}/events/latest/"


def test_new_errors_are_reported_with_frames_and_routes(server: Server) -> None:
    issues = [issue(1, "2026-11-23T10:00:00Z", "Old one"), issue(2, "2026-11-23T12:00:00Z", "ValueError: no price")]
    server.answers = {LIST: (200, issues), LATEST.format(2): (200, EVENT)}
    text = SentryErrorReports(server.url, "s3cret").latest(since=1_795_430_000.0)
    frames = [(frame.path, frame.line) for frame in read_trace(text).frames]
    assert ("shop/cart.py", 88) in frames
    assert "GET /cart\n" in text
    assert "Old one" not in text
    assert {token for _, token in server.requests} == {"Bearer s3cret"}
    assert "s3cret" not in "".join(path for path, _ in server.requests)


def test_without_a_new_error_there_is_no_report(server: Server) -> None:
    server.answers = {LIST: (200, [issue(1, "2026-11-23T10:00:00Z", "Old one")])}
    assert SentryErrorReports(server.url, "").latest(since=1_795_430_000.0) == ""


@pytest.mark.parametrize(
    ("answer", "message"),
    [((403, {}), "denied access"), ((500, {}), "answered 500"), ((200, "<html>"), "is not JSON"), ((302, {}), "302")],
)
def test_errors_are_reported_without_the_token(server: Server, answer: tuple[int, object], message: str) -> None:
    server.answers = {LIST: answer}
    with pytest.raises(Failed, match=message) as failed:
        SentryErrorReports(server.url, "s3cret").latest()
    assert "s3cret" not in str(failed.value)


@pytest.mark.parametrize("answer", [{"a": 1}, [1, None, {"firstSeen": 7}], "null"])
def test_answers_of_another_shape_harm_nothing(server: Server, answer: object) -> None:
    server.answers = {LIST: (200, answer), LATEST.format("None"): (200, [])}
    assert "Traceback" not in SentryErrorReports(server.url, "").latest()


def test_the_token_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    assert read_token("T", tmp_path / "token", {"T": "from the environment"}) == "from a file"
    assert read_token("T", None, {"T": "from the environment"}) == "from the environment"
    with pytest.raises(Failed, match="cannot read the token file"):
        read_token("T", tmp_path / "missing", {})
