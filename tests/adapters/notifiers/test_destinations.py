from cockpit.adapters.notifiers.apprise_courier import AppriseNotifier
from cockpit.adapters.notifiers.destinations import NotifierUrls, notifiers, read_lines, service
from cockpit.adapters.notifiers.discord import DiscordNotifier
from cockpit.adapters.notifiers.slack import SlackNotifier


def kinds(*urls: str, **authors: str) -> list[tuple[str, type]]:
    return [(one.name, type(one)) for one in notifiers(NotifierUrls(urls, authors))]


def test_each_place_has_the_name_of_its_service_and_nothing_of_its_url() -> None:
    urls = ("json://user:secret@host/x", "JSON://other", "mailto://ann:pw@mail.example", "no url at all")
    assert [name for name, _ in kinds(*urls)] == ["json", "json-2", "mailto", "url"]


def test_a_bots_channels_are_places_of_their_own_and_a_slack_webhook_is_apprises() -> None:
    assert kinds("slack://bot@xoxb-1-2-3/#deploys/C0123456", "slack://T1/B2/C3/#x") == [
        ("slack", SlackNotifier),
        ("slack-2", SlackNotifier),
        ("slack-3", AppriseNotifier),
    ]


def test_discord_is_known_in_apprises_spelling_and_in_its_own() -> None:
    assert kinds("discord://12/tok", "https://discord.com/api/webhooks/13/tok", "discord://not-an-id/tok") == [
        ("discord", DiscordNotifier),
        ("discord-2", DiscordNotifier),
        ("discord-3", AppriseNotifier),
    ]
    assert service("https://discordapp.com/api/v10/webhooks/1/secret") == "discord"


def test_authors_have_addresses_of_their_own() -> None:
    assert kinds("json://a", Ann="mailto://x", Bob="slack://xoxb-1-2/#bob") == [
        ("json", AppriseNotifier),
        ("author:Ann", AppriseNotifier),
        ("author:Bob", SlackNotifier),
    ]


def test_a_file_of_addresses_has_a_url_a_line_and_authors_by_name() -> None:
    read = read_lines("# ours\n\njson://host/?a=b\nAnn Lee = mailto://x?to=y\n  slack://T/B/C  \n")
    assert read == NotifierUrls(("json://host/?a=b", "slack://T/B/C"), {"Ann Lee": "mailto://x?to=y"})
    assert "mailto" not in repr(read)
