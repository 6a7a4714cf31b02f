"""Where people are told, as the config and its secrets say; opened by the engine alone, and only while it tells."""

import os
from collections.abc import Sequence

from cockpit.config import Config
from cockpit.deploy.text import plural
from cockpit.ports import Failed, Notifier
from cockpit.wiring.systems import clock


def notifiers(config: Config) -> Sequence[Notifier]:
    """One for each place that is configured. Blocks while it reads. Raises `Failed` where a secret's file cannot be
    read."""
    has, forge = config.people, config.forge
    text = _secret(config)
    made: list[Notifier] = []
    authors = {name: url for name, url in has.authors.items() if "://" in url}
    if has.urls or authors or text:
        from cockpit.adapters.notifiers.destinations import NotifierUrls, read_lines
        from cockpit.adapters.notifiers.destinations import notifiers as opened

        more = read_lines(text)
        made += opened(NotifierUrls((*has.urls, *more.channel), authors | more.authors))
    if forge.deployments and forge.kind != "none":
        from cockpit.adapters.forges.factory import open_deployments

        file = config.resolve(forge.token_file) if forge.token_file else None
        made.append(open_deployments(forge.kind, forge.url, forge.project, forge.token_env, file, clock))
    return made


async def check_people(config: Config) -> str:
    """Who is told where, without a secret. Raises `Failed` for what cannot be opened; nothing is sent."""
    from cockpit.adapters.notifiers.apprise_courier import AppriseNotifier

    opened = notifiers(config)
    try:
        for courier in opened:
            if isinstance(courier, AppriseNotifier):
                await courier.check()
    finally:
        for courier in opened:
            await courier.close()
    if not opened:
        return "none: nobody is told of a release"
    return f"{plural(len(opened), 'place')} to tell: {', '.join(courier.name for courier in opened)}"


def _secret(config: Config) -> str:
    """The text of the file of addresses, and of the environment's variable."""
    has = config.people
    text = os.environ.get(has.urls_env, "").replace(" ", "\n") if has.urls_env else ""
    if not has.urls_file:
        return text
    try:
        return f"{text}\n{config.resolve(has.urls_file).read_text(encoding='utf-8')}"
    except (OSError, UnicodeDecodeError) as bad:
        raise Failed("people", "the file of its urls cannot be read", "correct people.urls_file") from bad
