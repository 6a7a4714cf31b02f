"""The rate limit of a forge: read from its responses, and kept to without sending another request.

GitHub sends `X-RateLimit-Remaining` and `X-RateLimit-Reset`, GitLab and the draft standard the same without the X; any
forge may send `Retry-After`.
"""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from cockpit.deploy.text import duration
from cockpit.ports import Failed

if TYPE_CHECKING:
    import httpx

DEFAULT_WAIT = 60.0
"""Seconds to wait if a limit is hit and the response does not say for how long; GitHub asks for a minute."""


class RateLimit:
    """Blocks requests to the forge `name` while its limit is used up; `clock` gives seconds since the epoch."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._blocked_until = 0.0

    def check(self) -> None:
        """Raise `Failed` while the limit is used up."""
        if self._clock() < self._blocked_until:
            raise self._exhausted()

    def block(self, seconds: float) -> Failed:
        """Block requests for so many seconds; the exception to raise."""
        self._blocked_until = max(self._blocked_until, self._clock() + seconds)
        return self._exhausted()

    def record(self, response: "httpx.Response") -> None:
        """Block further requests after a response that used up the limit. Raises `Failed` if it hit the limit."""
        status, remaining = response.status_code, _header(response, "RateLimit-Remaining")
        if status == 429 or (status == 403 and ("Retry-After" in response.headers or remaining == "0")):
            raise self.block(self._wait(response))
        if status == 200 and remaining == "0":
            self.block(self._wait(response))

    def _wait(self, response: "httpx.Response") -> float:
        """Seconds until the forge accepts the next request."""
        after = response.headers.get("Retry-After", "")
        if after.isdigit():
            return float(after)
        if after:
            try:
                return max(1.0, parsedate_to_datetime(after).timestamp() - self._clock())
            except ValueError:
                return DEFAULT_WAIT
        reset = _header(response, "RateLimit-Reset")
        if _header(response, "RateLimit-Remaining") == "0" and reset.isdigit():
            return max(1.0, float(reset) - self._clock())
        return DEFAULT_WAIT

    def _exhausted(self) -> Failed:
        left = duration(max(1.0, self._blocked_until - self._clock()))
        return Failed(
            self._name, f"its rate limit is used up for {left}", "cockpit shows the last known data until then"
        )


def _header(response: "httpx.Response", name: str) -> str:
    return str(response.headers.get(f"X-{name}") or response.headers.get(name) or "")
