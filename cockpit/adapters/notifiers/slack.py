"""Slack by a bot's token: each release is one message, which is edited, and its notifications are the thread.

https://docs.slack.dev/reference/methods/chat.postMessage and chat.update; the bot needs `chat:write`.
"""

import re
from typing import Any

from cockpit.adapters.notifiers.web_client import WebClient
from cockpit.deploy.outbox import Message
from cockpit.ports import Failed, MessageRejected

API = "https://slack.com/api"
_PERMANENT_ERRORS = frozenset(
    ("msg_too_long", "no_text", "message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found")
)
"""Errors that a retry does not fix."""
_MEMBER = re.compile(r"[UW][A-Z0-9]{5,}")


class SlackNotifier:
    """`ports.Notifier` for one channel."""

    threads = True

    def __init__(self, name: str, token: str, channel: str, url: str = API) -> None:
        self.name = name
        self._channel = channel
        self._web = WebClient(name, url, {"Authorization": f"Bearer {token}"})

    async def open_thread(self, release: str, text: str) -> str:
        """Post the head message: its channel and timestamp, which together identify it."""
        body = {"channel": self._channel, "text": escaped(text, ()), **_metadata(f"{release}/head/{self.name}")}
        posted = await self._call("chat.postMessage", body)
        return f"{posted.get('channel') or self._channel} {posted.get('ts')}"

    async def amend(self, thread: str, text: str) -> None:
        """Edit the head message."""
        channel, _, ts = thread.partition(" ")
        await self._call("chat.update", {"channel": channel, "ts": ts, "text": escaped(text, ())})

    async def deliver(self, message: Message, thread: str) -> None:
        """Reply in the thread."""
        channel, _, ts = thread.partition(" ")
        text = escaped(message.text, message.mentions)
        target = {"channel": channel or self._channel, "thread_ts": ts} if ts else {"channel": self._channel}
        await self._call("chat.postMessage", {**target, "text": text, **_metadata(message.id)})

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def _call(self, method: str, body: dict[str, object]) -> dict[str, Any]:
        status, response = await self._web.send("POST", f"/{method}", {**body, "unfurl_links": False}, {})
        if status == 200 and isinstance(response, dict) and response.get("ok") is True:
            return response
        error = response.get("error") if isinstance(response, dict) else None
        if not isinstance(error, str) or not re.fullmatch(r"[a-z_]{1,60}", error):
            raise Failed(self.name, f"answered {status}")
        raise (MessageRejected if error in _PERMANENT_ERRORS else Failed)(self.name, f"answered {error}")


def escaped(text: str, mentions: tuple[str, ...]) -> str:
    """The text, escaped so that Slack shows it literally and only `mentions` notify people."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for handle in mentions:
        if _MEMBER.fullmatch(handle):
            safe = safe.replace(f"@{handle}", f"<@{handle}>")
    return safe


def _metadata(ident: str) -> dict[str, object]:
    return {"metadata": {"event_type": "cockpit_message", "event_payload": {"id": ident}}}
