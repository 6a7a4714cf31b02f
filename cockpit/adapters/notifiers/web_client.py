"""One service's API over HTTPS: bounded, patient where it asks for that, and silent about what it was sent.

A webhook's URL is its password, so no failure repeats an URL, a header or an answer as it came.
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
"""Seconds for one answer."""
LONGEST_WAIT = 30.0
"""Seconds that a service may have us wait before we ask again whether it still means it."""


class WebClient:
    """The API of `system` under `url`."""

    def __init__(self, system: str, url: str, headers: Mapping[str, str]) -> None:
        self._system = system
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._quiet_until = 0.0
        self._client: httpx.AsyncClient | None = None

    async def send(self, method: str, path: str, body: object, params: Mapping[str, str]) -> tuple[int, Any]:
        """The status below 500, and the JSON of the answer, an empty object for none. Raises `Failed`."""
        import httpx

        loop = asyncio.get_running_loop()
        if (left := self._quiet_until - loop.time()) > 0:
            await asyncio.sleep(min(left, LONGEST_WAIT))  # until then it takes nothing
        if self._client is None:
            self._client = await asyncio.to_thread(_client, self._headers)
        try:
            answer = await self._client.request(method, self._url + path, json=body, params=dict(params))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as bad:
            raise Failed(self._system, f"cannot be reached ({type(bad).__name__})") from None
        if answer.status_code == 429:
            after = _seconds(answer.headers.get("Retry-After", ""))
            self._quiet_until = loop.time() + after
            raise Failed(self._system, "asks us to be slower (429)")
        if answer.status_code >= 500:
            raise Failed(self._system, f"answers {answer.status_code}")
        try:
            return answer.status_code, json.loads(answer.content or b"{}")
        except (ValueError, RecursionError):
            return answer.status_code, {}

    async def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


def _client(headers: Mapping[str, str]) -> "httpx.AsyncClient":
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # what they say below that has whole URLs
    return httpx.AsyncClient(headers=headers, timeout=TIMEOUT, follow_redirects=False)


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 1.0), 3600.0)
    except ValueError:
        return 5.0
