"""Slack over real HTTP, in the shapes that its Web API documents."""

import pytest

from cockpit.adapters.notifiers.slack import SlackNotifier
from cockpit.deploy.outbox import Message
from cockpit.ports import Failed, MessageRejected
from tests.adapters.notifiers.fake_service import Answer, Sent, fake_service

TOKEN = "xoxb-1234-very-secret"


def slack(sent: Sent) -> Answer:
    if sent.headers.get("authorization") != f"Bearer {TOKEN}":
        return 200, {"ok": False, "error": "invalid_auth"}
    return 200, {"ok": True, "channel": "C42", "ts": "1503435956.000247"}


def message(text: str, mentions: tuple[str, ...] = ()) -> Message:
    return Message("2026-11-23.3", 7, 1, "slack", 0.0, text, mentions)


async def test_a_release_is_one_edited_message_with_a_thread() -> None:
    async with fake_service(slack) as service:
        notifier = SlackNotifier("slack", TOKEN, "#deploys", service.url)
        thread = await notifier.open_thread("2026-11-23.3", "shop 2026-11-23.3: staging")
        await notifier.deliver(message("held: lunch"), thread)
        await notifier.amend(thread, "shop 2026-11-23.3: canary")
        await notifier.close()
    assert [sent.path for sent in service.sent] == ["/chat.postMessage", "/chat.postMessage", "/chat.update"]
    first, reply, edit = (sent.body for sent in service.sent)
    assert (first["channel"], first["text"]) == ("#deploys", "shop 2026-11-23.3: staging")
    assert "thread_ts" not in first
    assert (reply["channel"], reply["thread_ts"], reply["text"]) == ("C42", "1503435956.000247", "held: lunch")
    assert reply["metadata"]["event_payload"] == {"id": "2026-11-23.3/7/slack"}
    assert (edit["channel"], edit["ts"], edit["text"]) == ("C42", "1503435956.000247", "shop 2026-11-23.3: canary")


async def test_a_text_mentions_only_the_listed_handles() -> None:
    async with fake_service(slack) as service:
        notifier = SlackNotifier("slack", TOKEN, "#deploys", service.url)
        text = "@U0123ABCD: #1 <!channel> & <@U999> <http://evil|click> @everyone"
        await notifier.deliver(message(text, ("U0123ABCD", "not an id")), "")
        await notifier.close()
    text = service.sent[0].body["text"]
    assert text == "<@U0123ABCD>: #1 &lt;!channel&gt; &amp; &lt;@U999&gt; &lt;http://evil|click&gt; @everyone"


@pytest.mark.parametrize(
    ("answer", "kind", "error"),
    [
        ((200, {"ok": False, "error": "invalid_auth"}), Failed, "slack: answered invalid_auth"),
        ((200, {"ok": False, "error": "msg_too_long"}), MessageRejected, "slack: answered msg_too_long"),
        ((200, {"ok": False, "error": "\x1b[2J secret"}), Failed, "slack: answered 200"),
        ((200, ["what"]), Failed, "slack: answered 200"),
        ((403, {}), Failed, "slack: answered 403"),
        ((503, {}), Failed, "slack: answered 503"),
        ((429, {}), Failed, "slack: rate limit exceeded (429)"),
    ],
)
async def test_errors_are_reported_without_secrets(answer: Answer, kind: type[Failed], error: str) -> None:
    async with fake_service(lambda _: answer) as service:
        notifier = SlackNotifier("slack", TOKEN, "#deploys", service.url)
        with pytest.raises(Failed) as failed:
            await notifier.deliver(message("x"), "")
        await notifier.close()
    assert (type(failed.value), str(failed.value)) == (kind, error)


async def test_an_unreachable_service_is_reported_without_its_address() -> None:
    notifier = SlackNotifier("slack", TOKEN, "#deploys", "http://127.0.0.1:1")
    with pytest.raises(Failed) as failed:
        await notifier.deliver(message("x"), "")
    await notifier.close()
    assert str(failed.value) == "slack: cannot be reached (ConnectError)"
    assert failed.value.__cause__ is None
