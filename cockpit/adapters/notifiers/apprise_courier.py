"""Everything else by apprise: mail, Teams, Matrix, webhooks and a hundred more, each by one URL.

Apprise blocks, so each place has one thread of its own: a dead one holds up no other, and not the engine's threads.
None of these has threads or edits; what a release's mails have in common is their subject.
"""

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

from cockpit.deploy.outbox import Message
from cockpit.ports import Failed

if TYPE_CHECKING:
    from apprise import NotifyBase

SOCKET = 10.0
"""Seconds that a connection may need at most, whatever the URL says."""
_OPEN_PAYLOADS = ("json", "jsons", "xml", "xmls", "form", "forms")
"""Schemes whose payload takes keys of our own, by apprise's `:key=value`."""
_CALLS_ALL = re.compile(r"@(?=everyone\b|here\b|channel\b|all\b)", re.IGNORECASE)


class AppriseNotifier:
    """Implements `ports.Courier` for any URL of apprise."""

    threads = False

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._url = url
        self._scheme = url.partition("://")[0].lower()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"telling-{name}")
        self._said = _CapturedLog()
        self._made: NotifyBase | None = None

    async def open_thread(self, release: str, text: str) -> str:
        """There are none."""
        return ""

    async def amend(self, thread: str, text: str) -> None:
        """Nor is there anything to edit."""

    async def deliver(self, message: Message, thread: str) -> None:
        """Send it, with its id in the payload where that can be, else in the subject."""
        loop = asyncio.get_running_loop()
        if wrong := await loop.run_in_executor(self._thread, self._send, message):
            raise Failed(self.name, wrong)

    async def check(self) -> None:
        """Raises `Failed` where apprise cannot make anything of the URL."""
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(self._thread, self._notifier, self._url) is None:
            raise Failed(self.name, UNKNOWN, "correct it in [people]")

    async def close(self) -> None:
        """Let the thread end once it can; nobody waits for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _send(self, message: Message) -> str:
        """What went wrong, in words without a secret."""
        if self._scheme in _OPEN_PAYLOADS:
            mark = "&" if "?" in self._url else "?"
            own = f":id={quote(message.id, safe='')}&:release={quote(message.release, safe='')}"
            notifier, title = self._notifier(f"{self._url}{mark}{own}"), message.release
        else:
            self._made = self._made or self._notifier(self._url)
            notifier, title = self._made, f"{message.release} [{message.key}]"
        if notifier is None:
            return UNKNOWN
        with self._said as said:
            taken = notifier.notify(body=harmless(message.text), title=title, body_format="text")
        return "" if taken else said.why

    def _notifier(self, url: str) -> "NotifyBase | None":
        import apprise

        with self._said:
            made = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if made is None or not isinstance(made, apprise.NotifyBase):
            return None
        made.socket_connect_timeout = min(float(made.socket_connect_timeout or SOCKET), SOCKET)
        made.socket_read_timeout = min(float(made.socket_read_timeout or SOCKET), SOCKET)
        return made


UNKNOWN = "its url is none that apprise knows"


def harmless(text: str) -> str:
    """The text with nothing in it that calls a whole channel: titles are written by strangers."""
    return _CALLS_ALL.sub("@ ", text.replace("<!", "‹!").replace("<@", "‹@"))


class _CapturedLog(logging.Handler):
    """Hears why apprise did not send, on its own thread: apprise says it to its log alone, and addresses with it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._mine = 0
        self._code = ""

    @property
    def why(self) -> str:
        """What is fit to be repeated of it."""
        return f"answers {self._code}" if self._code else "cannot be reached"

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the status of the answer and nothing else."""
        if record.thread == self._mine and (found := re.search(r"\berror=(\d{3})\b", record.getMessage())):
            self._code = found[1]

    def __enter__(self) -> "_CapturedLog":
        import threading

        log = logging.getLogger("apprise")
        log.propagate = False  # else it is written over the screen, with the address in it
        for name in ("apprise", "urllib3"):
            logging.getLogger(name).setLevel(logging.WARNING)  # what they say below that has whole URLs
        self._mine, self._code = threading.get_ident(), ""
        log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)
