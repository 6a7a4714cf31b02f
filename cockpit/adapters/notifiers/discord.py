"""Discord by a webhook: the release is one message that is edited; in a forum channel it is a thread as well.

A webhook cannot begin a thread in a text channel, so there the messages follow in the channel itself.
https://discord.com/developers/docs/resources/webhook
"""

import re
from typing import Any

from cockpit.adapters.notifiers.web_client import WebClient
from cockpit.deploy.outbox import Message
from cockpit.ports import Failed, MessageRejected

API = "https://discord.com/api"
_MARKUP = re.compile(r"[\\*_~`|\[\]<>]|^#", re.MULTILINE)
NEEDS_A_THREAD = 220001
"""Discord's code for a webhook of a forum channel that was given no thread."""


class DiscordNotifier:
    """Implements `ports.Courier` for one webhook; `thread` is one that is there already, which all goes into."""

    threads = True

    def __init__(self, name: str, webhook: str, token: str, thread: str = "", url: str = API) -> None:
        self.name = name
        self._thread = thread
        self._web = WebClient(name, f"{url}/webhooks/{webhook}/{token}", {})

    async def open_thread(self, release: str, text: str) -> str:
        """Post the head message: its id, and that of the thread that it is in where it is in one."""
        body = _body(text, ())
        status, told = await self._web.send("POST", "", body, {"wait": "true", **_in(self._thread)})
        thread = self._thread
        if status == 400 and told.get("code") == NEEDS_A_THREAD:
            status, told = await self._web.send("POST", "", {**body, "thread_name": release}, {"wait": "true"})
            thread = str(told.get("channel_id") or "")
        self._check(status, told)
        return f"{told.get('id')} {thread}".strip()

    async def amend(self, thread: str, text: str) -> None:
        """Edit it."""
        ident, _, inside = thread.partition(" ")
        status, told = await self._web.send("PATCH", f"/messages/{ident}", _body(text, ()), _in(inside))
        if status == 404 and told.get("code") == 10008:  # the message is gone, not the webhook
            raise MessageRejected(self.name, "has no head message any more")
        self._check(status, told)

    async def deliver(self, message: Message, thread: str) -> None:
        """Post it, into the release's thread where it has one."""
        inside = thread.partition(" ")[2] or self._thread
        body = _body(message.text, message.mentions)
        self._check(*await self._web.send("POST", "", body, {"wait": "true", **_in(inside)}))

    async def close(self) -> None:
        """Let go of connections."""
        await self._web.close()

    def _check(self, status: int, told: Any) -> None:
        if 200 <= status < 300:
            return
        code = told.get("code") if isinstance(told, dict) else None
        said = f"answers {status}{f' (code {code})' if isinstance(code, int) else ''}"
        raise (MessageRejected if status == 400 else Failed)(self.name, said)


def _body(text: str, mentions: tuple[str, ...]) -> dict[str, object]:
    """The message word for word, in which nobody is called but those who are meant."""
    text = _MARKUP.sub(r"\\\g<0>", text)
    users = [handle for handle in mentions if handle.isascii() and handle.isdigit()]
    for handle in users:
        text = text.replace(f"@{handle}", f"<@{handle}>")
    return {"content": text[:2000], "allowed_mentions": {"parse": [], "users": users}}


def _in(thread: str) -> dict[str, str]:
    return {"thread_id": thread} if thread else {}
