"""Discord's webhooks over real HTTP, in the shapes that Discord documents."""

import pytest

from cockpit.adapters.notifiers.discord import NEEDS_A_THREAD, DiscordNotifier
from cockpit.deploy.outbox import Message
from cockpit.ports import Failed, MessageRejected
from tests.adapters.notifiers.fake_service import Answer, Sent, fake_service


def message(text: str, mentions: tuple[str, ...] = ()) -> Message:
    return Message("2026-11-23.3", 7, 1, "discord", 0.0, text, mentions)


def text_channel(sent: Sent) -> Answer:
    return 200, {"id": "900", "channel_id": "77"}


def forum(sent: Sent) -> Answer:
    if "thread_id=" not in sent.path and "thread_name" not in (sent.body or {}):
        return 400, {"code": NEEDS_A_THREAD, "message": "Webhooks posted to forum channels must have a thread_name"}
    return 200, {"id": "900", "channel_id": "88"}


async def test_in_a_text_channel_the_head_is_edited_and_messages_follow() -> None:
    async with fake_service(text_channel) as service:
        notifier = DiscordNotifier("discord", "12", "secret", url=service.url)
        thread = await notifier.open_thread("2026-11-23.3", "staging")
        await notifier.deliver(message("@55: <@1> @everyone [x](http://evil)", ("55", "ann")), thread)
        await notifier.amend(thread, "canary")
        await notifier.close()
    assert [(sent.method, sent.path) for sent in service.sent] == [
        ("POST", "/webhooks/12/secret?wait=true"),
        ("POST", "/webhooks/12/secret?wait=true"),
        ("PATCH", "/webhooks/12/secret/messages/900"),
    ]
    assert service.sent[1].body == {
        "content": r"<@55>: \<@1\> @everyone \[x\](http://evil)",
        "allowed_mentions": {"parse": [], "users": ["55"]},
    }
    assert service.sent[2].body["content"] == "canary"


async def test_in_a_forum_channel_a_release_is_a_thread() -> None:
    async with fake_service(forum) as service:
        notifier = DiscordNotifier("discord", "12", "secret", url=service.url)
        thread = await notifier.open_thread("2026-11-23.3", "staging")
        await notifier.deliver(message("held"), thread)
        await notifier.amend(thread, "canary")
        await notifier.close()
    assert service.sent[1].body["thread_name"] == "2026-11-23.3"
    assert [sent.path for sent in service.sent[2:]] == [
        "/webhooks/12/secret?wait=true&thread_id=88",
        "/webhooks/12/secret/messages/900?thread_id=88",
    ]


async def test_the_thread_of_the_url_gets_all_messages() -> None:
    async with fake_service(text_channel) as service:
        notifier = DiscordNotifier("discord", "12", "secret", "66", url=service.url)
        await notifier.deliver(message("held"), await notifier.open_thread("2026-11-23.3", "staging"))
        await notifier.close()
    assert all(sent.path.endswith("thread_id=66") for sent in service.sent)


@pytest.mark.parametrize(
    ("answer", "kind", "error"),
    [
        ((400, {"code": 50035}), MessageRejected, "discord: answered 400 (code 50035)"),
        ((401, {}), Failed, "discord: answered 401"),
        ((404, {"code": 10015}), Failed, "discord: answered 404 (code 10015)"),
        ((502, {}), Failed, "discord: answered 502"),
    ],
)
async def test_errors_are_reported_without_secrets(answer: Answer, kind: type[Failed], error: str) -> None:
    async with fake_service(lambda _: answer) as service:
        notifier = DiscordNotifier("discord", "12", "secret", url=service.url)
        with pytest.raises(Failed) as failed:
            await notifier.deliver(message("x"), "")
        await notifier.close()
    assert (type(failed.value), str(failed.value)) == (kind, error)


async def test_editing_a_deleted_head_message_is_rejected() -> None:
    async with fake_service(lambda _: (404, {"code": 10008})) as service:
        notifier = DiscordNotifier("discord", "12", "secret", url=service.url)
        with pytest.raises(MessageRejected):
            await notifier.amend("900", "canary")
        await notifier.close()
