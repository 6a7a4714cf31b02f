"""Open the notifiers that the config and its secrets name. Only the engine opens them, and only while it sends."""

import os
from collections.abc import Sequence

from cockpit.config import Config
from cockpit.deploy.text import plural
from cockpit.ports import Failed, Notifier
from cockpit.wiring.systems import clock


def notifiers(config: Config) -> Sequence[Notifier]:
    """Open a notifier per configured destination. Blocks for file reads. Raises `Failed` for an unreadable secret."""
    section, forge = config.people, config.forge
    text = _secret(config)
    opened: list[Notifier] = []
    authors = {name: url for name, url in section.authors.items() if "://" in url}
    if section.urls or authors or text:
        from cockpit.adapters.notifiers.destinations import NotifierUrls, read_lines
        from cockpit.adapters.notifiers.destinations import notifiers as open_urls

        more = read_lines(text)
        opened += open_urls(NotifierUrls((*section.urls, *more.channel), authors | more.authors))
    if forge.deployments and forge.kind != "none":
        from cockpit.adapters.forges.factory import open_deployments

        file = config.resolve(forge.token_file) if forge.token_file else None
        opened.append(open_deployments(forge.kind, forge.url, forge.project, forge.token_env, file, clock))
    return opened


async def check_people(config: Config) -> str:
    """Return the destinations without secrets. Sends nothing. Raises `Failed` for one that cannot be opened."""
    from cockpit.adapters.notifiers.apprise_notifier import AppriseNotifier

    opened = notifiers(config)
    try:
        for notifier in opened:
            if isinstance(notifier, AppriseNotifier):
                await notifier.check()
    finally:
        for notifier in opened:
            await notifier.close()
    if not opened:
        return "none: no notifications are sent"
    return f"{plural(len(opened), 'destination')}: {', '.join(notifier.name for notifier in opened)}"


def _secret(config: Config) -> str:
    """Return the text of the secrets file and of the environment variable."""
    section = config.people
    text = os.environ.get(section.urls_env, "").replace(" ", "\n") if section.urls_env else ""
    if not section.urls_file:
        return text
    try:
        return f"{text}\n{config.resolve(section.urls_file).read_text(encoding='utf-8')}"
    except (OSError, UnicodeDecodeError) as error:
        raise Failed("people", "cannot read urls_file", "correct people.urls_file") from error
