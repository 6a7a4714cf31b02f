"""Discord's webhooks over real HTTP, in the shapes that Discord documents."""

import pytest

from cockpit.adapters.notifiers.discord import NEEDS_A_THREAD, DiscordNotifier
from cockpit.deploy.outbox import Message
from cockpit.ports import Failed, MessageRejected
from tests.adapters.notifiers.fake_service import Answer, Sent, mailbox


def message(text: str, mentions: tuple[str, ...] = ()) -> Message:
    return Message("2026-11-23.3", 7, 1, "discord", 0.0, text, mentions)


def text_channel(sent: Sent) -> Answer:
    return 200, {"id": "900", "channel_id": "77"}


def forum(sent: Sent) -> Answer:
    if "thread_id=" not in sent.path and "thread_name" not in (sent.body or {}):
        return 400, {"code": NEEDS_A_THREAD, "message": "Webhooks posted to forum channels must have a thread_name"}
    return 200, {"id": "900", "channel_id": "88"}


async def test_in_a_text_channel_the_head_is_edited_and_messages_follow() -> None:
    async with mailbox(text_channel) as box:
        courier = DiscordNotifier("discord", "12", "secret", url=box.url)
        thread = await courier.open_thread("2026-11-23.3", "staging")
        await courier.deliver(message("@55: <@1> @everyone [x](http://evil)", ("55", "ann")), thread)
        await courier.amend(thread, "canary")
        await courier.close()
    assert [(sent.method, sent.path) for sent in box.sent] == [
        ("POST", "/webhooks/12/secret?wait=true"),
        ("POST", "/webhooks/12/secret?wait=true"),
        ("PATCH", "/webhooks/12/secret/messages/900"),
    ]
    assert box.sent[1].body == {
        "content": r"<@55>: \<@1\> @everyone \[x\](http://evil)",
        "allowed_mentions": {"parse": [], "users": ["55"]},
    }
    assert box.sent[2].body["content"] == "canary"


async def test_in_a_forum_channel_a_release_is_a_thread() -> None:
    async with mailbox(forum) as box:
        courier = DiscordNotifier("discord", "12", "secret", url=box.url)
        thread = await courier.open_thread("2026-11-23.3", "staging")
        await courier.deliver(message("held"), thread)
        await courier.amend(thread, "canary")
        await courier.close()
    assert box.sent[1].body["thread_name"] == "2026-11-23.3"
    assert [sent.path for sent in box.sent[2:]] == [
        "/webhooks/12/secret?wait=true&thread_id=88",
        "/webhooks/12/secret/messages/900?thread_id=88",
    ]


async def test_the_thread_of_the_url_gets_all_messages() -> None:
    async with mailbox(text_channel) as box:
        courier = DiscordNotifier("discord", "12", "secret", "66", url=box.url)
        await courier.deliver(message("held"), await courier.open_thread("2026-11-23.3", "staging"))
        await courier.close()
    assert all(sent.path.endswith("thread_id=66") for sent in box.sent)


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ((400, {"code": 50035}), MessageRejected, "discord: answered 400 (code 50035)"),
        ((401, {}), Failed, "discord: answered 401"),
        ((404, {"code": 10015}), Failed, "discord: answered 404 (code 10015)"),
        ((502, {}), Failed, "discord: answered 502"),
    ],
)
async def test_errors_are_reported_without_secrets(answer: Answer, kind: type[Failed], says: str) -> None:
    async with mailbox(lambda _: answer) as box:
        courier = DiscordNotifier("discord", "12", "secret", url=box.url)
        with pytest.raises(Failed) as failed:
            await courier.deliver(message("x"), "")
        await courier.close()
    assert (type(failed.value), str(failed.value)) == (kind, says)


async def test_editing_a_deleted_head_message_is_rejected() -> None:
    async with mailbox(lambda _: (404, {"code": 10008})) as box:
        courier = DiscordNotifier("discord", "12", "secret", url=box.url)
        with pytest.raises(MessageRejected):
            await courier.amend("900", "canary")
        await courier.close()
