"""Serve the read-only screen to browsers, on loopback by default.

textual-serve does the serving. This module adds what a page on a company's network needs: it refuses requests from
pages of other sites, which could use the socket through the user's browser; it limits the number of screens, because
each is a process; and its page loads nothing from other sites.
"""

import logging
import shlex
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_SCREENS = 16
"""Maximum number of open screens; each is a process that follows the store."""


class WatchServer(Server):
    """Serves a page whose terminal runs `command`, at `public_url`, for at most `MAX_SCREENS` browsers."""

    def __init__(self, command: Sequence[str], host: str, port: int, title: str, public_url: str) -> None:
        super().__init__(
            shlex.join(command), host, port, title, public_url.rstrip("/"), templates_path=str(Path(__file__).parent)
        )
        self.open_screens = 0

    def serve(self, debug: bool = False) -> None:
        """Serve until SIGTERM or Ctrl-C. Raises `OSError` if the address cannot be bound."""

        def listening(*_: object) -> None:
            print(f"watch: {self.public_url} shows the screen, read-only; Ctrl-C ends it", flush=True)

        logging.basicConfig(level=logging.WARNING, format="%(message)s")  # no access log
        web.run_app(self._make_app(), host=self.host, port=self.port, print=listening, access_log=None)

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing: `serve` prints the URL once it listens."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one screen. Responds 503 if `MAX_SCREENS` are open."""
        if self.open_screens >= MAX_SCREENS:
            raise web.HTTPServiceUnavailable(text=f"{MAX_SCREENS} screens are open: close one first")
        self.open_screens += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self.open_screens -= 1

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._own_pages_only)
        return app

    @web.middleware
    async def _own_pages_only(self, request: web.Request, handler: Handle) -> web.StreamResponse:
        """Refuse requests from pages of other sites, also by DNS rebinding (a foreign `Host` that resolves here)."""
        own = urlsplit(self.public_url)
        origin = request.headers.get("Origin")
        if not is_own_host(request.headers.get("Host", ""), own.netloc):
            raise web.HTTPForbidden(text=f"open this page at {self.public_url}")
        if origin and (urlsplit(origin).scheme, urlsplit(origin).netloc) != (own.scheme, request.headers["Host"]):
            raise web.HTTPForbidden(text=f"only pages of {self.public_url} may connect")
        return await handler(request)


def is_own_host(host: str, own: str) -> bool:
    """Return whether a `Host` header names this server: the same, or another loopback name on the same port."""
    if host == own:
        return True
    named, served = urlsplit(f"//{host}"), urlsplit(f"//{own}")
    try:
        return named.port == served.port and is_loopback(named.hostname or "") and is_loopback(served.hostname or "")
    except ValueError:  # an invalid port
        return False


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is loopback."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
