"""Makes the notifiers for the configured URLs. Each is named after its service, without the secrets in its URL."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from cockpit.adapters.notifiers.apprise_notifier import AppriseNotifier
from cockpit.adapters.notifiers.discord import API as DISCORD
from cockpit.adapters.notifiers.discord import DiscordNotifier
from cockpit.adapters.notifiers.slack import API as SLACK
from cockpit.adapters.notifiers.slack import SlackNotifier
from cockpit.deploy.outbox import AUTHOR
from cockpit.ports import Notifier

_NATIVE = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/", re.IGNORECASE)


class NotifierUrls(Struct, frozen=True):
    """The URLs for the channel, and those of authors by name."""

    channel: tuple[str, ...] = ()
    authors: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"NotifierUrls({len(self.channel)} urls, {len(self.authors)} authors)"


def read_lines(text: str) -> NotifierUrls:
    """Read a file of URLs: one a line, or `NAME = URL` for an author; # starts a comment."""
    channel: list[str] = []
    authors: dict[str, str] = {}
    for line in (line.strip() for line in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        name, equals, url = line.partition("=")
        if equals and "://" not in name and "://" in url:
            authors[name.strip()] = url.strip()
        else:
            channel.append(line)
    return NotifierUrls(tuple(channel), authors)


def notifiers(urls: NotifierUrls, slack: str = SLACK, discord: str = DISCORD) -> tuple[Notifier, ...]:
    """One notifier for each destination.

    Destinations of the same service are numbered in order, so a new one belongs at the end of the list.
    """
    opened: list[Notifier] = []
    counts: dict[str, int] = {}
    for url in _one_channel_each(urls.channel):
        kind = service(url)
        counts[kind] = counts.get(kind, 0) + 1
        opened.append(_notifier(kind if counts[kind] == 1 else f"{kind}-{counts[kind]}", url, slack, discord))
    opened += [_notifier(f"{AUTHOR}{name}", url, slack, discord) for name, url in sorted(urls.authors.items())]
    return tuple(opened)


def service(url: str) -> str:
    """The service of a URL: the only part that may be shown."""
    scheme = url.partition("://")[0].lower()
    if _NATIVE.match(url):
        return "discord"
    return scheme if re.fullmatch(r"[a-z][a-z0-9+.-]{0,20}", scheme) and "://" in url else "url"


def _one_channel_each(urls: Sequence[str]) -> list[str]:
    """Split the URL of a bot with several channels: each channel has its own threads."""
    split: list[str] = []
    for url in urls:
        token, channels = _slack_bot(url)
        split += [f"slack://{token}/{channel}" for channel in channels] if token else [url]
    return split


def _slack_bot(url: str) -> tuple[str, tuple[str, ...]]:
    """(token, channels) of a Slack URL with a bot's token; both are empty for a Slack webhook and any other URL."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("?")[0].partition("/")
    token = unquote(host.rpartition("@")[2])
    channels = tuple(unquote(part) for part in path.split("/") if part)
    return (token, channels) if scheme.lower() == "slack" and token.startswith("xox") and channels else ("", ())


def _notifier(name: str, url: str, slack: str, discord: str) -> Notifier:
    token, channels = _slack_bot(url)
    if token:
        return SlackNotifier(name, token, channels[0], slack)
    if (webhook := _discord_webhook(url)) and webhook[0].isdigit():
        return DiscordNotifier(name, *webhook, url=discord)
    return AppriseNotifier(name, url)


def _discord_webhook(url: str) -> tuple[str, str, str] | None:
    """(id, token, thread) of a Discord URL, in apprise's syntax or Discord's own."""
    if native := _NATIVE.match(url):
        rest = url[native.end() :]
    elif service(url) == "discord":
        rest = url.partition("://")[2].rpartition("@")[2]
    else:
        return None
    parts = urlsplit(f"//x/{rest}")
    ident, _, token = parts.path.strip("/").partition("/")
    query: Mapping[str, Sequence[str]] = parse_qs(parts.query)
    return (ident, token.strip("/"), query.get("thread", [""])[0]) if token else None
