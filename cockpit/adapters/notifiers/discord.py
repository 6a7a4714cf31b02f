"""Discord by a webhook: each release is one message, which is edited; in a forum channel it also starts a thread.

A webhook cannot start a thread in a text channel, so there the notifications are posted to the channel itself.
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
"""Discord's error code if a message to a forum channel has no thread."""
UNKNOWN_MESSAGE = 10008
"""Discord's error code if the message was deleted; an unknown webhook has another code."""


class DiscordNotifier:
    """`ports.Notifier` for one webhook; an existing `thread` gets all messages."""

    threads = True

    def __init__(self, name: str, webhook: str, token: str, thread: str = "", url: str = API) -> None:
        self.name = name
        self._thread = thread
        self._web = WebClient(name, f"{url}/webhooks/{webhook}/{token}", {})

    async def open_thread(self, release: str, text: str) -> str:
        """Post the head message: its id, and the id of its thread if it is in one."""
        body = _body(text, ())
        status, response = await self._web.send("POST", "", body, {"wait": "true", **_in(self._thread)})
        thread = self._thread
        if status == 400 and response.get("code") == NEEDS_A_THREAD:
            status, response = await self._web.send("POST", "", {**body, "thread_name": release}, {"wait": "true"})
            thread = str(response.get("channel_id") or "")
        self._check(status, response)
        return f"{response.get('id')} {thread}".strip()

    async def amend(self, thread: str, text: str) -> None:
        """Edit the head message."""
        ident, _, thread_id = thread.partition(" ")
        status, response = await self._web.send("PATCH", f"/messages/{ident}", _body(text, ()), _in(thread_id))
        if status == 404 and response.get("code") == UNKNOWN_MESSAGE:
            raise MessageRejected(self.name, "the head message was deleted")
        self._check(status, response)

    async def deliver(self, message: Message, thread: str) -> None:
        """Post the message, to the release's thread if there is one."""
        thread_id = thread.partition(" ")[2] or self._thread
        body = _body(message.text, message.mentions)
        self._check(*await self._web.send("POST", "", body, {"wait": "true", **_in(thread_id)}))

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    def _check(self, status: int, response: Any) -> None:
        if 200 <= status < 300:
            return
        code = response.get("code") if isinstance(response, dict) else None
        reason = f"answered {status}{f' (code {code})' if isinstance(code, int) else ''}"
        raise (MessageRejected if status == 400 else Failed)(self.name, reason)


def _body(text: str, mentions: tuple[str, ...]) -> dict[str, object]:
    """The message, escaped so that Discord shows it literally and only `mentions` notify people."""
    text = _MARKUP.sub(r"\\\g<0>", text)
    users = [handle for handle in mentions if handle.isascii() and handle.isdigit()]
    for handle in users:
        text = text.replace(f"@{handle}", f"<@{handle}>")
    return {"content": text[:2000], "allowed_mentions": {"parse": [], "users": users}}


def _in(thread: str) -> dict[str, str]:
    return {"thread_id": thread} if thread else {}
