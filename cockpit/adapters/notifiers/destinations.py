"""URLs to places: each with a name that says its service and nothing of its secrets."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from cockpit.adapters.notifiers.apprise_courier import AppriseNotifier
from cockpit.adapters.notifiers.discord import API as DISCORD
from cockpit.adapters.notifiers.discord import DiscordNotifier
from cockpit.adapters.notifiers.slack import API as SLACK
from cockpit.adapters.notifiers.slack import SlackNotifier
from cockpit.deploy.outbox import AUTHOR
from cockpit.ports import Notifier

_NATIVE = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/", re.IGNORECASE)


class NotifierUrls(Struct, frozen=True):
    """Where to tell whom."""

    channel: tuple[str, ...] = ()
    authors: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Addresses({len(self.channel)} urls, {len(self.authors)} authors)"


def read_lines(text: str) -> NotifierUrls:
    """A file of addresses: a URL a line, or `NAME = URL` for an author; # begins a comment."""
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


def notifiers(addresses: NotifierUrls, slack: str = SLACK, discord: str = DISCORD) -> tuple[Notifier, ...]:
    """One for each place. Two of one service are told apart by their order, so a new one belongs at the end."""
    made: list[Notifier] = []
    taken: dict[str, int] = {}
    for url in _each(addresses.channel):
        kind = service(url)
        taken[kind] = taken.get(kind, 0) + 1
        made.append(_courier(kind if taken[kind] == 1 else f"{kind}-{taken[kind]}", url, slack, discord))
    made += [_courier(f"{AUTHOR}{name}", url, slack, discord) for name, url in sorted(addresses.authors.items())]
    return tuple(made)


def service(url: str) -> str:
    """What kind of place it is: all of an URL that may be shown."""
    scheme = url.partition("://")[0].lower()
    if _NATIVE.match(url):
        return "discord"
    return scheme if re.fullmatch(r"[a-z][a-z0-9+.-]{0,20}", scheme) and "://" in url else "url"


def _each(urls: Sequence[str]) -> list[str]:
    """A bot's channels each as a place of its own: each has threads of its own."""
    found: list[str] = []
    for url in urls:
        token, channels = _bot(url)
        found += [f"slack://{token}/{channel}" for channel in channels] if token else [url]
    return found


def _bot(url: str) -> tuple[str, tuple[str, ...]]:
    """Token and channels of a Slack URL that has a bot's token; none for a Slack webhook and for anything else."""
    scheme, _, rest = url.partition("://")
    first, _, channels = rest.partition("?")[0].partition("/")
    token = unquote(first.rpartition("@")[2])
    named = tuple(unquote(one) for one in channels.split("/") if one)
    return (token, named) if scheme.lower() == "slack" and token.startswith("xox") and named else ("", ())


def _courier(name: str, url: str, slack: str, discord: str) -> Notifier:
    token, channels = _bot(url)
    if token:
        return SlackNotifier(name, token, channels[0], slack)
    if (hook := _webhook(url)) and hook[0].isdigit():
        return DiscordNotifier(name, *hook, url=discord)
    return AppriseNotifier(name, url)


def _webhook(url: str) -> tuple[str, str, str] | None:
    """Id, token and thread of a Discord URL, in apprise's spelling or Discord's own."""
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
