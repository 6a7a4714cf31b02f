"""Serves the read-only screen to browsers, on loopback unless told otherwise.

textual-serve does the serving. Added here is what a page on a company's network needs: requests that come by way of
another site are refused, for a browser would hand that site our socket; screens are counted, for each is a process;
and nothing is loaded from elsewhere.
"""

import logging
import shlex
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_SCREENS = 16
"""Screens at once; each is a process that follows the store."""


class WatchServer(Server):
    """A page whose terminal is `command`, at `public_url`, for `MOST` browsers at once."""

    def __init__(self, command: Sequence[str], host: str, port: int, title: str, public_url: str) -> None:
        super().__init__(
            shlex.join(command), host, port, title, public_url.rstrip("/"), templates_path=str(Path(__file__).parent)
        )
        self._open = 0

    def serve(self, debug: bool = False) -> None:
        """Serve until SIGTERM or Ctrl-C. Raises `OSError` where the address cannot be had."""

        def listening(*_: object) -> None:
            print(f"watch: {self.public_url} shows the screen, read-only; Ctrl-C ends it", flush=True)

        logging.basicConfig(level=logging.WARNING, format="%(message)s")  # requests are nobody's business
        web.run_app(self._make_app(), host=self.host, port=self.port, print=listening, access_log=None)

    async def on_startup(self, app: web.Application) -> None:
        """Quietly: `serve` says where it is once it listens."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One screen. Refused with 503 above `MOST`."""
        if self._open >= MAX_SCREENS:
            raise web.HTTPServiceUnavailable(text=f"{MAX_SCREENS} screens are open: close one first")
        self._open += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._open -= 1

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._own_pages_only)
        return app

    @web.middleware
    async def _own_pages_only(self, request: web.Request, handler: Answer) -> web.StreamResponse:
        """Refuses what another site's page asks for, also where that site's name was made to point here."""
        ours = urlsplit(self.public_url)
        origin = request.headers.get("Origin")
        if not is_own_host(request.headers.get("Host", ""), ours.netloc):
            raise web.HTTPForbidden(text=f"this is {self.public_url}: open it under that address")
        if origin and (urlsplit(origin).scheme, urlsplit(origin).netloc) != (ours.scheme, request.headers["Host"]):
            raise web.HTTPForbidden(text=f"only pages of {self.public_url} may ask")
        return await handler(request)


def is_own_host(host: str, ours: str) -> bool:
    """Whether the `Host` a browser named is where we serve: the same, or another name of loopback on the same port."""
    if host == ours:
        return True
    named, served = urlsplit(f"//{host}"), urlsplit(f"//{ours}")
    try:
        return named.port == served.port and is_loopback(named.hostname or "") and is_loopback(served.hostname or "")
    except ValueError:  # a port that is none
        return False


def is_loopback(host: str) -> bool:
    """Whether that name or address is this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
