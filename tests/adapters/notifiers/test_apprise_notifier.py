"""Apprise with its own JSON webhook, against a real server on this machine."""

import logging

import pytest

from cockpit.adapters.notifiers.apprise_notifier import AppriseNotifier, without_channel_mentions
from cockpit.deploy.outbox import Message
from cockpit.ports import Failed
from tests.adapters.notifiers.fake_service import fake_service


def message(text: str) -> Message:
    return Message("2026-11-23.3", 7, 2, "json", 0.0, text)


@pytest.mark.parametrize("query", ["", "?rto=5"])
async def test_a_webhook_gets_the_text_and_an_id_to_recognise_a_repeat(query: str) -> None:
    async with fake_service() as service:
        notifier = AppriseNotifier("json", f"json://ann:secret@127.0.0.1:{service.port}/hook{query}")
        await notifier.deliver(message("held: lunch"), "")
        await notifier.close()
    (sent,) = service.sent
    assert (sent.method, sent.path) == ("POST", "/hook")
    assert {key: sent.body[key] for key in ("id", "release", "title", "message")} == {
        "id": "2026-11-23.3/7.2/json",
        "release": "2026-11-23.3",
        "title": "2026-11-23.3",
        "message": "held: lunch",
    }


async def test_a_failing_webhook_is_reported_without_its_url(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with fake_service() as service:
        service.dead = True
        notifier = AppriseNotifier("json", f"json://ann:secret@127.0.0.1:{service.port}/hook/token")
        with pytest.raises(Failed) as failed, caplog.at_level(logging.DEBUG):
            await notifier.deliver(message("x"), "")
        await notifier.close()
    assert str(failed.value) == "json: answered 503"
    assert "secret" not in caplog.text + "".join(capfd.readouterr())
    assert "token" not in caplog.text


async def test_an_unreachable_webhook_is_an_error() -> None:
    notifier = AppriseNotifier("json", "json://ann:secret@127.0.0.1:1/hook")
    with pytest.raises(Failed) as failed:
        await notifier.deliver(message("x"), "")
    await notifier.close()
    assert str(failed.value) == "json: cannot be reached"


async def test_an_unsupported_url_is_reported_without_its_secret() -> None:
    notifier = AppriseNotifier("carrier-pigeon", "carrier-pigeon://secret")
    with pytest.raises(Failed) as failed:
        await notifier.check()
    assert "secret" not in str(failed.value)
    assert "apprise does not support" in str(failed.value)
    with pytest.raises(Failed):
        await notifier.deliver(message("x"), "")
    await notifier.close()


async def test_a_supported_url_passes_the_check_and_nothing_is_sent() -> None:
    async with fake_service() as service:
        notifier = AppriseNotifier("json", f"json://127.0.0.1:{service.port}")
        await notifier.check()
        await notifier.close()
    assert service.sent == []


def test_a_title_cannot_mention_a_channel() -> None:
    assert without_channel_mentions("<!channel> <@U1> @everyone @Here ann@service.example a < b") == (
        "‹!channel> ‹@U1> @ everyone @ Here ann@service.example a < b"
    )
