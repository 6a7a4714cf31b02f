"""Notifications by apprise: mail, Teams, Matrix, webhooks and a hundred other services, each with one URL.

Apprise blocks, so each destination has a worker thread of its own: one that hangs delays no other, and none of the
engine's threads. These services have no threads or edits; the mails of a release have the same subject.
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
"""Upper limit in seconds for the timeouts of a connection; the URL may set a lower one."""
_CUSTOM_KEYS = ("json", "jsons", "xml", "xmls", "form", "forms")
"""Schemes whose payload can have additional keys, by apprise's `:key=value`."""
UNKNOWN = "apprise does not support its url"
_CHANNEL_MENTION = re.compile(r"@(?=everyone\b|here\b|channel\b|all\b)", re.IGNORECASE)


class AppriseNotifier:
    """`ports.Notifier` for any URL of apprise."""

    threads = False

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._url = url
        self._scheme = url.partition("://")[0].lower()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"notifier-{name}")
        self._log = _CapturedLog()
        self._notify: NotifyBase | None = None

    async def open_thread(self, release: str, text: str) -> str:
        """Do nothing: there are no threads."""
        return ""

    async def amend(self, thread: str, text: str) -> None:
        """Do nothing: there is no head message."""

    async def deliver(self, message: Message, thread: str) -> None:
        """Send the message, with its id in the payload if the service allows that, else in the subject."""
        loop = asyncio.get_running_loop()
        if error := await loop.run_in_executor(self._worker, self._send, message):
            raise Failed(self.name, error)

    async def check(self) -> None:
        """Raise `Failed` if apprise does not support the URL."""
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(self._worker, self._open, self._url) is None:
            raise Failed(self.name, UNKNOWN, "correct it in [people]")

    async def close(self) -> None:
        """Let the worker thread end by itself, without waiting for it."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _send(self, message: Message) -> str:
        """Send the message: an empty text, or the error without secrets."""
        if self._scheme in _CUSTOM_KEYS:
            separator = "&" if "?" in self._url else "?"
            keys = f":id={quote(message.id, safe='')}&:release={quote(message.release, safe='')}"
            notify, title = self._open(f"{self._url}{separator}{keys}"), message.release
        else:
            self._notify = self._notify or self._open(self._url)
            notify, title = self._notify, f"{message.release} [{message.key}]"
        if notify is None:
            return UNKNOWN
        with self._log as log:
            sent = notify.notify(body=without_channel_mentions(message.text), title=title, body_format="text")
        return "" if sent else log.reason

    def _open(self, url: str) -> "NotifyBase | None":
        import apprise

        with self._log:
            notify = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if notify is None or not isinstance(notify, apprise.NotifyBase):
            return None
        notify.socket_connect_timeout = min(float(notify.socket_connect_timeout or SOCKET), SOCKET)
        notify.socket_read_timeout = min(float(notify.socket_read_timeout or SOCKET), SOCKET)
        return notify


def without_channel_mentions(text: str) -> str:
    """The text, changed so that it mentions no whole channel: anyone may write the title of a PR."""
    return _CHANNEL_MENTION.sub("@ ", text.replace("<!", "‹!").replace("<@", "‹@"))


class _CapturedLog(logging.Handler):
    """Captures the reason why apprise did not send: it is only in apprise's log, together with the address."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread_id = 0
        self._status = ""

    @property
    def reason(self) -> str:
        """The reason, without the address."""
        return f"answered {self._status}" if self._status else "cannot be reached"

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the status of the response and nothing else."""
        if record.thread == self._thread_id and (match := re.search(r"\berror=(\d{3})\b", record.getMessage())):
            self._status = match[1]

    def __enter__(self) -> "_CapturedLog":
        import threading

        log = logging.getLogger("apprise")
        log.propagate = False  # otherwise the address appears on the screen
        for name in ("apprise", "urllib3"):
            logging.getLogger(name).setLevel(logging.WARNING)  # lower levels log whole URLs
        self._thread_id, self._status = threading.get_ident(), ""
        log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)
