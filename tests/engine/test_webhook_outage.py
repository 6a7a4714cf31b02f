"""A real engine with a real webhook: the webhook is dead for a release, or the engine is killed after sending."""

import asyncio
from collections import Counter
from pathlib import Path
from threading import Event, Thread

from tests.adapters.notifiers.fake_service import FakeService, fake_service
from tests.git_origin import git
from tests.process_company import ProcessCompany


class Webhook:
    """A webhook in its own thread, for tests that wait for processes."""

    def __init__(self) -> None:
        self._ready, self._over = Event(), Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()))
        self.box: FakeService

    def __enter__(self) -> "Webhook":
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def ids(self) -> list[str]:
        return [sent.body["id"] for sent in self.box.sent]

    async def _run(self) -> None:
        async with fake_service() as self.box:
            self._ready.set()
            await asyncio.to_thread(self._over.wait)


def company_with_webhook(folder: Path, webhook: Webhook) -> ProcessCompany:
    made = ProcessCompany(folder)
    config = folder / "config.toml"
    config.write_text(config.read_text() + f'[people]\nurls = ["json://127.0.0.1:{webhook.box.port}/hook"]\n')
    return made


def test_a_dead_webhook_delays_no_release_and_gets_every_message_when_it_recovers(tmp_path: Path) -> None:
    with Webhook() as webhook:
        company = company_with_webhook(tmp_path, webhook)
        webhook.box.dead = True
        with company.agents(), company.process("engine"):
            first = company.json("install")["release"]
            company.until(first, "Finished")
            company.origin.squash_pr(7, "Good", {"good.txt": "good\n"})
            release = company.json("start")["release"]
            company.until(release, "SmokePassed")
            for verb in ("advance", "advance", "finish"):
                company.retry(verb)
            assert webhook.ids == [], "no message was delivered, and nothing waited for that"
            notifications = company.json("notifications")
            assert {message["error"] for message in notifications["destinations"]} == {"answered 503"}
            assert len(notifications["waiting"]) > 5
            webhook.box.dead = False
            company.wait(lambda: company.json("notifications")["waiting"] == [], "every message is delivered")
    numbers = [(release_, int(number)) for release_, number, _ in (ident.split("/") for ident in webhook.ids)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers) == len(notifications["waiting"])
    assert [
        ident for ident in webhook.ids if ident not in {message["id"] for message in notifications["waiting"]}
    ] == []
    texts = [sent.body["message"] for sent in webhook.box.sent]
    assert any("#7 Good is on staging, please check it there" in text for text in texts)
    assert texts[-1] == f"{release} is finished: every host runs it"
    assert git(company.origin.path, "tag", "--list", release).strip() == release


def test_an_engine_killed_after_sending_repeats_one_message_and_loses_none(tmp_path: Path) -> None:
    with Webhook() as webhook:
        company = company_with_webhook(tmp_path, webhook)
        got, go_on = Event(), Event()

        def hold(_: object) -> tuple[int, object]:
            """Receive the message, and answer late."""
            got.set()
            go_on.wait(60)
            return 200, {}

        webhook.box.answer = hold
        with company.agents():
            with company.short_lease_engine():
                first = company.json("install")["release"]
                assert got.wait(60)
            go_on.set()
            with company.short_lease_engine():
                company.until(first, "Finished")
                company.wait(
                    lambda: bool(webhook.ids) and company.json("notifications")["waiting"] == [],
                    "every message is delivered",
                )
            due = set(webhook.ids)
            again = [ident for ident, times in Counter(webhook.ids).items() if times > 1]
            assert again == [f"{first}/1/json"]
            assert webhook.ids.count(again[0]) == 2
            kinds = company.events(first)
            assert due == {
                f"{first}/{kinds.index(kind) + 1}/json" for kind in ("Started", "Cut", "Advanced", "Finished")
            }


def test_the_author_of_a_suspected_pr_is_notified_at_once(tmp_path: Path) -> None:
    with Webhook() as webhook:
        company = company_with_webhook(tmp_path, webhook)
        config, report = tmp_path / "config.toml", tmp_path / "errors.txt"
        config.write_text(config.read_text() + f'[suspects]\nreport = "{report}"\nevery = 0.5\n')
        with company.agents(), company.process("engine"):
            company.until(company.json("install")["release"], "Finished")
            company.origin.squash_pr(7, "Good", {"good.py": "good\n"})
            company.origin.squash_pr(8, "Bad", {"shop/total.py": "def total(x):\n    return x[1]\n"})
            release = company.json("start")["release"]
            company.until(release, "SmokePassed")
            report.write_text(
                'Traceback (most recent call last):\n  File "/srv/shop/total.py", line 2, in total\nKeyError: 1\n'
            )
            company.until(release, "Suspected")
            company.wait(
                lambda: any("is suspected" in sent.body["message"] for sent in webhook.box.sent), "the notification"
            )
    message = next(sent.body["message"] for sent in webhook.box.sent if "is suspected" in sent.body["message"])
    assert "#8 Bad is suspected, changed shop/total.py:2" in message
    assert "please look at once" in message
