"""HTTP requests to a forge's API, with a deadline, retries, ETags and the forge's rate limit.

The token comes from the environment or a file and is only sent in a header. Redirects are not followed, and no error
message repeats a request. While the rate limit is used up no request is sent.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cockpit.adapters.forges.rate_limit import RateLimit
from cockpit.deploy.text import clean
from cockpit.ports import Failed, Refused

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0
"""Seconds for one response."""
TRIES = 3
"""Attempts of a request that fails on the forge's side; after that the next poll tries again."""
MAX_CACHED = 2_000
"""Responses kept with their ETags."""
MAX_BYTES = 8 * 1024 * 1024


class NotFound(Refused):
    """The forge does not have it: an older version of the forge, or the number of an issue."""


class UnexpectedAnswer(Refused):
    """The forge understands the request and refuses it: sending it again changes nothing."""


class ForgeClient:
    """One forge's API at `url`, such as `https://api.github.com` or `https://ghe.example.com/api/v3`."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str], clock: Callable[[], float]) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._headers = {"Accept": "application/json", **headers}
        self._cache: dict[str, tuple[str, Any]] = {}
        self._client: httpx.AsyncClient | None = None
        self.rate_limit = RateLimit(name, clock)

    async def get(self, path: str) -> Any:
        """The JSON under `path`; the cached value if the forge says that it has not changed."""
        etag, cached = self._cache.get(path, ("", None))
        response = await self._send("GET", path, {"If-None-Match": etag} if etag else {}, None)
        if response.status_code == 304:
            return cached
        value = self._json(response)
        if etag := response.headers.get("ETag"):
            if len(self._cache) >= MAX_CACHED:
                self._cache.pop(next(iter(self._cache)))
            self._cache[path] = (etag, value)
        return value

    async def post(self, path: str, body: object) -> Any:
        """The JSON of the response to `body`."""
        return await self.send("POST", path, body)

    async def send(self, method: str, path: str, body: object) -> Any:
        """The JSON of the response to `body`, sent by POST, PUT or PATCH."""
        return self._json(await self._send(method, path, {}, body))

    async def close(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.aclose()

    async def _send(self, method: str, path: str, headers: Mapping[str, str], body: object) -> "httpx.Response":
        import httpx

        self.rate_limit.check()
        if self._client is None:
            self._client = httpx.AsyncClient(headers=self._headers, timeout=TIMEOUT, follow_redirects=False)
        reason = ""
        for _ in range(TRIES):
            try:
                response = await self._client.request(method, self._url + path, headers=dict(headers), json=body)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = type(error).__name__ if not str(error) else clean(str(error))
                continue
            self.rate_limit.record(response)
            if response.status_code < 500:
                return self._checked(response)
            reason = f"it answered {response.status_code}"
        raise Failed(self._name, f"cannot be reached: {reason}", "cockpit shows the PRs from the git history meanwhile")

    def _checked(self, response: "httpx.Response") -> "httpx.Response":
        status = response.status_code
        if status in (404, 405, 410):
            raise NotFound(self._name, "answered not found", "correct forge.project, or give its token access")
        if status in (401, 403):
            raise Refused(self._name, f"denied access ({status})", "give the token in forge.token_env read access")
        if status in (400, 409, 422):
            raise UnexpectedAnswer(
                self._name, f"answered {status}", "check that forge.kind and forge.url fit each other"
            )
        if status not in (200, 201, 304):
            raise Refused(self._name, f"answered {status}", "correct forge.url")
        return response

    def _json(self, response: "httpx.Response") -> Any:
        if len(response.content) > MAX_BYTES:
            raise Failed(self._name, "its response is too long")
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError) as bad:
            raise Failed(self._name, "its response is not JSON", "correct forge.url") from bad
