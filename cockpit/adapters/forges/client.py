"""Asks a forge over HTTP: with a deadline, ETags, patience where it fails, and its rate limits honoured.

The token is read from the environment or a file, goes into a header, and nowhere else: no redirect is followed and
no message repeats a request. While a limit holds nothing is sent at all.
"""

import json
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from cockpit.deploy.text import clean, duration
from cockpit.ports import Failed

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0
"""Seconds for one answer."""
TRIES = 3
"""Of a request that failed on the other side; each waits for the next look of the feed otherwise."""
SECONDARY = 60.0
"""Seconds to keep quiet where a limit was hit and nothing says for how long, as GitHub asks."""
MOST_KEPT = 2_000
MOST_BYTES = 8 * 1024 * 1024


class NotFound(Failed):
    """The forge has no such thing: an older version, or a number that is an issue's."""


class UnexpectedAnswer(Failed):
    """The forge understands what is asked and will not do it: asking again changes nothing."""


class ForgeClient:
    """One forge's API at `url`, such as `https://api.github.com` or `https://ghe.example.com/api/v3`."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str], clock: Callable[[], float]) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._headers = {"Accept": "application/json", **headers}
        self._clock = clock
        self._quiet_until = 0.0
        self._kept: dict[str, tuple[str, Any]] = {}
        self._client: httpx.AsyncClient | None = None

    async def get(self, path: str) -> Any:
        """The JSON under `path`; from memory where the forge says that it is still the same."""
        etag, value = self._kept.get(path, ("", None))
        answer = await self._send("GET", path, {"If-None-Match": etag} if etag else {}, None)
        if answer.status_code == 304:
            return value
        fresh = self._json(answer)
        if tag := answer.headers.get("ETag"):
            if len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[path] = (tag, fresh)
        return fresh

    async def post(self, path: str, body: object) -> Any:
        """The JSON that `body` is answered with."""
        return self._json(await self._send("POST", path, {}, body))

    def be_quiet(self, seconds: float) -> Failed:
        """Send nothing for so long; what to raise."""
        self._quiet_until = max(self._quiet_until, self._clock() + seconds)
        return self._limited()

    async def close(self) -> None:
        """Let go of connections."""
        if self._client:
            await self._client.aclose()

    async def _send(self, method: str, path: str, headers: Mapping[str, str], body: object) -> "httpx.Response":
        import httpx

        if self._clock() < self._quiet_until:
            raise self._limited()
        if self._client is None:
            self._client = httpx.AsyncClient(headers=self._headers, timeout=TIMEOUT, follow_redirects=False)
        said = ""
        for _ in range(TRIES):
            try:
                answer = await self._client.request(method, self._url + path, headers=dict(headers), json=body)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = type(error).__name__ if not str(error) else clean(str(error))
                continue
            self._note_limit(answer)
            if answer.status_code < 500:
                return self._checked(answer)
            said = f"it answered {answer.status_code}"
        raise Failed(self._name, f"cannot be reached: {said}", "what history tells is shown meanwhile")

    def _checked(self, answer: "httpx.Response") -> "httpx.Response":
        status = answer.status_code
        if status in (403, 429) and (status == 429 or "Retry-After" in answer.headers or self._spent(answer)):
            raise self.be_quiet(self._wait(answer))
        if status in (404, 405, 410):
            raise NotFound(self._name, "has no such thing", "correct forge.project or give its token access")
        if status in (401, 403):
            raise Failed(self._name, f"refuses us ({status})", "give the token in forge.token_env read access")
        if status in (400, 409, 422):
            raise UnexpectedAnswer(self._name, f"answered {status}", "look whether it knows what was asked of it")
        if status not in (200, 201, 304):
            raise Failed(self._name, f"answered {status}", "correct forge.url")
        return answer

    def _note_limit(self, answer: "httpx.Response") -> None:
        """Keep quiet from the last request that is left on, rather than be told off for the next."""
        if self._spent(answer) and answer.status_code == 200:
            self._quiet_until = max(self._quiet_until, self._clock() + self._wait(answer))

    def _spent(self, answer: "httpx.Response") -> bool:
        return _header(answer, "RateLimit-Remaining") == "0"

    def _wait(self, answer: "httpx.Response") -> float:
        """Seconds until the forge wants to be asked again."""
        after = answer.headers.get("Retry-After", "")
        if after.isdigit():
            return float(after)
        if after:
            try:
                return max(1.0, parsedate_to_datetime(after).timestamp() - self._clock())
            except ValueError:
                return SECONDARY
        reset = _header(answer, "RateLimit-Reset")
        return max(1.0, float(reset) - self._clock()) if self._spent(answer) and reset.isdigit() else SECONDARY

    def _limited(self) -> Failed:
        left = duration(max(1.0, self._quiet_until - self._clock()))
        return Failed(self._name, f"its rate limit is used up for {left}", "what is known keeps its age until then")

    def _json(self, answer: "httpx.Response") -> Any:
        if len(answer.content) > MOST_BYTES:
            raise Failed(self._name, "its answer is too long")
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError) as bad:
            raise Failed(self._name, "its answer is not JSON", "correct forge.url") from bad


def _header(answer: "httpx.Response", name: str) -> str:
    """GitHub writes `X-RateLimit-...`, GitLab and the draft standard without the X."""
    return str(answer.headers.get(f"X-{name}") or answer.headers.get(name) or "")
