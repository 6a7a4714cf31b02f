"""URLs become notifiers with names that hold no secret."""

from cockpit.adapters.notifiers.apprise_notifier import AppriseNotifier
from cockpit.adapters.notifiers.destinations import NotifierUrls, notifiers, read_lines, service
from cockpit.adapters.notifiers.discord import DiscordNotifier
from cockpit.adapters.notifiers.slack import SlackNotifier


def kinds(*urls: str, **authors: str) -> list[tuple[str, type]]:
    return [(notifier.name, type(notifier)) for notifier in notifiers(NotifierUrls(urls, authors))]


def test_each_notifier_is_named_after_its_service_only() -> None:
    urls = ("json://user:secret@host/x", "JSON://other", "mailto://ann:pw@mail.example", "no url at all")
    assert [name for name, _ in kinds(*urls)] == ["json", "json-2", "mailto", "url"]


def test_each_channel_of_a_slack_bot_has_a_notifier_and_a_slack_webhook_uses_apprise() -> None:
    assert kinds("slack://bot@xoxb-1-2-3/#deploys/C0123456", "slack://T1/B2/C3/#x") == [
        ("slack", SlackNotifier),
        ("slack-2", SlackNotifier),
        ("slack-3", AppriseNotifier),
    ]


def test_discord_urls_are_read_in_apprises_syntax_and_in_discords() -> None:
    assert kinds("discord://12/tok", "https://discord.com/api/webhooks/13/tok", "discord://not-an-id/tok") == [
        ("discord", DiscordNotifier),
        ("discord-2", DiscordNotifier),
        ("discord-3", AppriseNotifier),
    ]
    assert service("https://discordapp.com/api/v10/webhooks/1/secret") == "discord"


def test_authors_have_their_own_notifiers() -> None:
    assert kinds("json://a", Ann="mailto://x", Bob="slack://xoxb-1-2/#bob") == [
        ("json", AppriseNotifier),
        ("author:Ann", AppriseNotifier),
        ("author:Bob", SlackNotifier),
    ]


def test_a_file_of_urls_has_one_a_line_and_authors_by_name() -> None:
    read = read_lines("# ours\n\njson://host/?a=b\nAnn Lee = mailto://x?to=y\n  slack://T/B/C  \n")
    assert read == NotifierUrls(("json://host/?a=b", "slack://T/B/C"), {"Ann Lee": "mailto://x?to=y"})
    assert "mailto" not in repr(read)
