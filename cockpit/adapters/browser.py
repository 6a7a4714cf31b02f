"""Opens a page in the person's browser, where this machine is the one they sit at."""

import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from cockpit.ports import Failed


class Browser:
    """Takes web addresses alone, and hands them to the desktop's own opener as one argument: no shell sees them."""

    def __init__(self, env: Mapping[str, str], platform: str = sys.platform) -> None:
        self._env = env
        self._platform = platform

    def open(self, url: str) -> None:
        """Raises `Failed` where there is no browser, or the address is none of the web."""
        if not _is_web(url):
            raise Failed("browser", "that is no address of the web", "look at what the forge gives as its url")
        if self._env.get("SSH_CONNECTION") or self._env.get("SSH_TTY"):
            raise Failed("browser", "there is none at this end of SSH")
        opener = "open" if self._platform == "darwin" else "xdg-open"
        if self._platform != "darwin" and not (self._env.get("DISPLAY") or self._env.get("WAYLAND_DISPLAY")):
            raise Failed("browser", "this machine has no display")
        quiet = subprocess.DEVNULL
        try:
            subprocess.Popen([opener, url], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        except OSError as error:
            raise Failed("browser", f"cannot start {opener}: {error.strerror}") from error


def _is_web(url: str) -> bool:
    """`http://` or `https://` with a host and nothing that ends an argument or a line."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url
