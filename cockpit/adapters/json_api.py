"""GET requests to a JSON API, limited in time and size, with every error as `Failed`."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cockpit.deploy.text import clean
from cockpit.ports import Failed

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 16 * 1024 * 1024
"""Size limit of a response."""
Params = Mapping[str, str] | tuple[tuple[str, str], ...]


class JsonApi:
    """The API of `system` at `url`; a whole response may take `timeout` seconds."""

    def __init__(self, system: str, url: str, timeout: float) -> None:
        self._system = system
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None
        self._starting = asyncio.Lock()

    async def get(self, path: str, params: Params) -> bytes:
        """The body of a response with status 200. Raises `Failed` for any other, a timeout or a body over the limit."""
        import httpx

        client = await self._connected()
        try:
            async with asyncio.timeout(self._timeout), client.stream("GET", self._url + path, params=params) as answer:
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise Failed(self._system, f"its response is longer than {MAX_BYTES >> 20} MB")
        except TimeoutError as late:
            reason = f"did not answer within {self._timeout:g} s"
            raise Failed(self._system, reason, "check that it is healthy") from late
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as bad:
            reason = f"cannot be reached: {clean(str(bad)) or type(bad).__name__}"
            raise Failed(self._system, reason, "check that it runs and that its url is correct") from bad
        if answer.status_code != 200:
            raise Failed(self._system, f"answered {answer.status_code}: {clean(body[:200].decode(errors='replace'))}")
        return bytes(body)

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def _connected(self) -> "httpx.AsyncClient":
        async with self._starting:
            if self._client is None:  # in a thread: importing httpx takes a tenth of a second
                self._client = await asyncio.to_thread(_client, self._timeout)
            return self._client


def _client(timeout: float) -> "httpx.AsyncClient":
    import httpx

    # trust_env is off: requests to the company's own servers must not go through a proxy to the internet.
    return httpx.AsyncClient(timeout=timeout, trust_env=False, headers={"Accept": "application/json"})
