"""The read-only screen in a real browser."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

import pyte
import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from aiohttp.test_utils import TestServer
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from cockpit.demo.processes.ports import free_ports
from cockpit.tui.web.server import MAX_SCREENS, WatchServer, is_loopback, is_own_host
from tests.programs import need
from tests.terminals import SMALLEST

SIZE = (1400, 900)
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(b"sixteen bytes of").decode(),
}


class Browser:
    """A headless Chromium on one page, and the screen its terminal was sent."""

    def __init__(self, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = need("chromium")
        quiet = ("background-networking", "component-update", "sync", "gpu", "quic", "dev-shm-usage")
        for flag in ("headless=new", "no-sandbox", "no-first-run", *(f"disable-{name}" for name in quiet)):
            options.add_argument(f"--{flag}")
        options.add_argument(f"--window-size={SIZE[0]},{SIZE[1]}")
        options.add_argument(f"--user-data-dir={profile}")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(need("chromedriver")))
        self.requested: set[str] = set()
        """Every URL that the page loaded."""
        self._screen = pyte.Screen(300, 100)
        self._stream = pyte.ByteStream(self._screen)

    def until(self, words: str, seconds: float = 40) -> str:
        """Wait until the sent screen has these words, and return it."""
        end = monotonic() + seconds
        while words not in (shown := "\n".join(line.rstrip() for line in self._screen.display)):
            assert monotonic() < end, shown
            self._read()
        return shown

    def press(self, keys: str) -> None:
        ActionChains(self.driver).send_keys(keys).perform()

    def _read(self) -> None:
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            match message["method"]:
                case "Network.webSocketFrameReceived" if message["params"]["response"]["opcode"] == 2:
                    self._stream.feed(base64.b64decode(message["params"]["response"]["payloadData"]))
                case "Network.requestWillBeSent" if message["params"]["documentURL"].startswith("http"):
                    self.requested.add(message["params"]["request"]["url"])


@contextmanager
def watch_server(folder: Path) -> Iterator[int]:
    """Run `cockpit watch --web` on the smallest config; yields its port."""
    (port,) = free_ports(1)
    config = folder / "config.toml"
    config.write_text(SMALLEST)
    argv = [sys.executable, "-m", "cockpit", "--config", str(config), "watch", "--web", "--port", str(port)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            assert f"http://127.0.0.1:{port} shows the screen, read-only" in server.stdout.readline()
            yield port
        finally:
            server.terminate()
            assert server.wait(20) == 0


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of one server for all tests that only talk to it."""
    with watch_server(tmp_path_factory.mktemp("watch")) as port:
        yield port


def test_a_browser_shows_the_screen_takes_its_keys_and_loads_nothing_from_other_sites(
    tmp_path: Path, port: int
) -> None:
    browser = Browser(tmp_path / "profile")
    try:
        browser.driver.get(f"http://127.0.0.1:{port}/")
        assert "shop" in browser.driver.title
        shown = browser.until("production")
        assert "watch" in shown.lower()
        assert "start" not in shown.splitlines()[-1], "the footer has no commands"
        browser.press("?")
        assert "THE SCREEN" in browser.until("THE SCREEN")
        assert "COMMANDS" not in browser.until("THE SCREEN")
        assert f"http://127.0.0.1:{port}/static/js/textual.js" in browser.requested
        ours = (f"http://127.0.0.1:{port}/", "data:", "blob:")
        assert [url for url in browser.requested if not url.startswith(ours)] == []
        screenshot = browser.driver.get_screenshot_as_png()
        browser.press(Keys.ESCAPE)
        browser.until("TIERS")
        assert browser.driver.get_screenshot_as_png() != screenshot, "the page draws what it is sent"
        browser.press("q")
        browser.driver.implicitly_wait(20)
        assert browser.driver.find_element("css selector", "body.-closed .ended").is_displayed()
    finally:
        browser.driver.quit()


def status_of(port: int, path: str, **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers=headers)
    return connection.getresponse().status


def test_pages_of_other_sites_are_refused(port: int) -> None:
    assert status_of(port, "/", Host=f"localhost:{port}") == 200
    assert status_of(port, "/", Host=f"evil.example:{port}") == 403
    assert status_of(port, "/ws", Host=f"127.0.0.1:{port}", Origin="https://evil.example", **UPGRADE) == 403
    assert status_of(port, "/ws", Host=f"127.0.0.1:{port}", Origin=f"http://127.0.0.1:{port}", **UPGRADE) == 101


class IdleProcess:
    """Stands for the process of a screen; it only stays open."""

    def __init__(self, *_: object, **__: object) -> None: ...

    async def start(self, width: int, height: int) -> None: ...

    async def stop(self) -> None: ...


async def test_more_screens_than_the_maximum_are_refused_until_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual_serve.server.AppService", IdleProcess)
    watch = WatchServer(("unused",), "127.0.0.1", 0, "shop", "")
    async with TestServer(await watch._make_app()) as server, ClientSession() as session:
        watch.public_url = f"http://127.0.0.1:{server.port}"
        screens = [await session.ws_connect(f"{watch.public_url}/ws") for _ in range(MAX_SCREENS)]
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(f"{watch.public_url}/ws")
        assert refused.value.status == 503
        await screens[0].close()
        for _ in range(1000):
            if watch.open_screens < MAX_SCREENS:
                break
            await asyncio.sleep(0.01)
        await session.ws_connect(f"{watch.public_url}/ws")


def test_a_taken_port_is_refused_with_the_options_to_change_it(tmp_path: Path, port: int) -> None:
    (tmp_path / "config.toml").write_text(SMALLEST)
    argv = [sys.executable, "-m", "cockpit", "--config", str(tmp_path / "config.toml"), "watch", "--web"]
    done = subprocess.run([*argv, "--port", str(port)], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "choose another --host or --port" in done.stderr


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--host", "10.0.0.1"), "give the URL for browsers by --public-url"),
        (("--public-url", "deploys"), "start it with http://"),
    ],
)
def test_an_unusable_address_is_refused_with_the_remedy(tmp_path: Path, options: tuple[str, ...], remedy: str) -> None:
    (tmp_path / "config.toml").write_text(SMALLEST)
    argv = [sys.executable, "-m", "cockpit", "--config", str(tmp_path / "config.toml"), "watch", "--web", *options]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert remedy in done.stderr


@pytest.mark.parametrize(
    ("host", "ours", "same"),
    [
        ("127.0.0.1:1", "127.0.0.1:1", True),
        ("localhost:1", "127.0.0.1:1", True),
        ("[::1]:1", "127.0.0.1:1", True),
        ("localhost:2", "127.0.0.1:1", False),
        ("localhost:1", "deploys.example:1", False),
        ("deploys.example", "deploys.example", True),
        ("evil.example:1", "127.0.0.1:1", False),
        ("localhost:none", "127.0.0.1:1", False),
        ("", "127.0.0.1:1", False),
    ],
)
def test_only_hosts_of_this_server_count_as_its_own(host: str, ours: str, same: bool) -> None:
    assert is_own_host(host, ours) is same


def test_loopback_is_known_by_name_and_by_address() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]")))
    assert not any(map(is_loopback, ("10.0.0.1", "192.168.1.1", "localhost.evil.example", "")))
