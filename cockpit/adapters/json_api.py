"""One bounded GET of a JSON API over kept connections, with every way to fail told in words."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cockpit.deploy.text import clean
from cockpit.ports import Failed

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 16 * 1024 * 1024
"""Longer answers are not read to their end."""
Params = Mapping[str, str] | tuple[tuple[str, str], ...]


class JsonApi:
    """The API of `system` under `url`, whose whole answer may take `timeout` seconds."""

    def __init__(self, system: str, url: str, timeout: float) -> None:
        self._system = system
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None
        self._starting = asyncio.Lock()

    async def get(self, path: str, params: Params) -> bytes:
        """The body of a 200. Raises `Failed`: no answer, not in time, another status, too long."""
        import httpx

        client = await self._connected()
        try:
            async with asyncio.timeout(self._timeout), client.stream("GET", self._url + path, params=params) as answer:
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise Failed(self._system, "answers with more than can be believed")
        except TimeoutError as late:
            raise Failed(
                self._system, f"did not answer within {self._timeout:g} s", "look whether it is well"
            ) from late
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as bad:
            said = clean(str(bad)) or type(bad).__name__
            raise Failed(
                self._system, f"cannot be reached: {said}", "look whether it runs and its url is right"
            ) from bad
        if answer.status_code != 200:
            raise Failed(self._system, f"answers {answer.status_code}: {clean(body[:200].decode(errors='replace'))}")
        return bytes(body)

    async def close(self) -> None:
        """Let go of the connections; the next request makes new ones."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def _connected(self) -> "httpx.AsyncClient":
        async with self._starting:
            if self._client is None:  # in a thread: httpx takes a tenth of a second to load
                self._client = await asyncio.to_thread(_client, self._timeout)
            return self._client


def _client(timeout: float) -> "httpx.AsyncClient":
    import httpx

    # trust_env off: a proxy for the way out of the company must not stand between cockpit and its servers.
    return httpx.AsyncClient(timeout=timeout, trust_env=False, headers={"Accept": "application/json"})
