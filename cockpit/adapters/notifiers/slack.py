"""Slack by a bot's token: the release is one message that is edited, everything else is said in its thread.

https://docs.slack.dev/reference/methods/chat.postMessage and chat.update; the bot needs `chat:write`.
"""

import re
from typing import Any

from cockpit.adapters.notifiers.web_client import WebClient
from cockpit.deploy.outbox import Message
from cockpit.ports import Failed, MessageRejected

API = "https://slack.com/api"
_NEVER = frozenset(
    ("msg_too_long", "no_text", "message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found")
)
"""Errors that trying again does not cure."""
_MEMBER = re.compile(r"[UW][A-Z0-9]{5,}")


class SlackNotifier:
    """Implements `ports.Courier` for one channel."""

    threads = True

    def __init__(self, name: str, token: str, channel: str, url: str = API) -> None:
        self.name = name
        self._channel = channel
        self._web = WebClient(name, url, {"Authorization": f"Bearer {token}"})

    async def open_thread(self, release: str, text: str) -> str:
        """Post the head message: its channel and its time stamp, which together name it."""
        body = {"channel": self._channel, "text": escaped(text, ()), **_metadata(f"{release}/head/{self.name}")}
        told = await self._call("chat.postMessage", body)
        return f"{told.get('channel') or self._channel} {told.get('ts')}"

    async def amend(self, thread: str, text: str) -> None:
        """Edit it."""
        channel, _, ts = thread.partition(" ")
        await self._call("chat.update", {"channel": channel, "ts": ts, "text": escaped(text, ())})

    async def deliver(self, message: Message, thread: str) -> None:
        """Reply in the thread."""
        channel, _, ts = thread.partition(" ")
        text = escaped(message.text, message.mentions)
        place = {"channel": channel or self._channel, "thread_ts": ts} if ts else {"channel": self._channel}
        await self._call("chat.postMessage", {**place, "text": text, **_metadata(message.id)})

    async def close(self) -> None:
        """Let go of connections."""
        await self._web.close()

    async def _call(self, method: str, body: dict[str, object]) -> dict[str, Any]:
        status, told = await self._web.send("POST", f"/{method}", {**body, "unfurl_links": False}, {})
        if status == 200 and isinstance(told, dict) and told.get("ok") is True:
            return told
        error = told.get("error") if isinstance(told, dict) else None
        said = error if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,60}", error) else f"answers {status}"
        raise (MessageRejected if said in _NEVER else Failed)(self.name, f"says {said}" if said == error else said)


def escaped(text: str, mentions: tuple[str, ...]) -> str:
    """The text as Slack shows it word for word; what a stranger wrote in it calls nobody."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for handle in mentions:
        if _MEMBER.fullmatch(handle):
            safe = safe.replace(f"@{handle}", f"<@{handle}>")
    return safe


def _metadata(ident: str) -> dict[str, object]:
    return {"metadata": {"event_type": "cockpit_message", "event_payload": {"id": ident}}}
