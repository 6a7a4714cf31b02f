"""Opens a web page in the desktop's browser."""

import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from cockpit.ports import Failed


class Browser:
    """Passes web addresses, and nothing else, to the desktop's opener as one argument; no shell reads them."""

    def __init__(self, env: Mapping[str, str], platform: str = sys.platform) -> None:
        self._env = env
        self._platform = platform

    def open(self, url: str) -> None:
        """Open the page. Raises `Failed` if there is no desktop, or if `url` is not a web address."""
        if not _is_web(url):
            raise Failed("browser", "not a web address", "check the url that the forge reports")
        if self._env.get("SSH_CONNECTION") or self._env.get("SSH_TTY"):
            raise Failed("browser", "this is an SSH session, without a browser")
        opener = "open" if self._platform == "darwin" else "xdg-open"
        if self._platform != "darwin" and not (self._env.get("DISPLAY") or self._env.get("WAYLAND_DISPLAY")):
            raise Failed("browser", "this machine has no display")
        quiet = subprocess.DEVNULL
        try:
            subprocess.Popen([opener, url], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        except OSError as error:
            raise Failed("browser", f"cannot start {opener}: {error.strerror}") from error


def _is_web(url: str) -> bool:
    """Whether it is `http://` or `https://` with a host, and without spaces and control characters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url
