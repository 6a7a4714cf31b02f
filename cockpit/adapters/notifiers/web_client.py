"""Requests to one service's API, with a deadline, the service's rate limit, and errors without secrets.

A webhook's URL is its password: no error repeats a URL, a header or the text of a response.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cockpit.ports import Failed

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0
"""Seconds for one response."""
MAX_WAIT = 30.0
"""Seconds that a request waits for a rate limit at most; then it is sent anyway."""


class WebClient:
    """The API of `system` at `url`."""

    def __init__(self, system: str, url: str, headers: Mapping[str, str]) -> None:
        self._system = system
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._blocked_until = 0.0
        self._client: httpx.AsyncClient | None = None

    async def send(self, method: str, path: str, body: object, params: Mapping[str, str]) -> tuple[int, Any]:
        """(status, JSON) of the response; an empty object for an invalid body. Raises `Failed` from 500 on."""
        import httpx

        loop = asyncio.get_running_loop()
        if (left := self._blocked_until - loop.time()) > 0:
            await asyncio.sleep(min(left, MAX_WAIT))
        if self._client is None:
            self._client = await asyncio.to_thread(_client, self._headers)
        try:
            response = await self._client.request(method, self._url + path, json=body, params=dict(params))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as bad:
            raise Failed(self._system, f"cannot be reached ({type(bad).__name__})") from None
        status = response.status_code
        if status == 429:
            self._blocked_until = loop.time() + _seconds(response.headers.get("Retry-After", ""))
            raise Failed(self._system, "rate limit exceeded (429)")
        if status >= 500:
            raise Failed(self._system, f"answered {status}")
        try:
            return status, json.loads(response.content or b"{}")
        except (ValueError, RecursionError):
            return status, {}

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


def _client(headers: Mapping[str, str]) -> "httpx.AsyncClient":
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # lower levels log whole URLs
    return httpx.AsyncClient(headers=headers, timeout=TIMEOUT, follow_redirects=False)


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 1.0), 3600.0)
    except ValueError:
        return 5.0
