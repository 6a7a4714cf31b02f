"""A real engine with a real webhook: dead all release long, and kill -9 between the sending and the mark."""

import asyncio
from collections import Counter
from pathlib import Path
from threading import Event, Thread

from tests.adapters.people.mailbox import Mailbox, mailbox
from tests.repositories import git
from tests.yards import Yard


class Post:
    """A webhook in a thread of its own, for tests that wait for processes."""

    def __init__(self) -> None:
        self._ready, self._over = Event(), Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()))
        self.box: Mailbox

    def __enter__(self) -> "Post":
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
        async with mailbox() as self.box:
            self._ready.set()
            await asyncio.to_thread(self._over.wait)


def yard(folder: Path, post: Post) -> Yard:
    made = Yard(folder)
    config = folder / "config.toml"
    config.write_text(config.read_text() + f'[people]\nurls = ["json://127.0.0.1:{post.box.port}/hook"]\n')
    return made


def test_with_the_webhook_dead_a_release_goes_its_way_and_all_of_it_arrives_when_it_is_back(tmp_path: Path) -> None:
    with Post() as post:
        here = yard(tmp_path, post)
        post.box.dead = True
        with here.agents(), here.process("engine"):
            first = here.say("install")["release"]
            here.until(first, "Finished")
            here.town.squash_pr(7, "Good", {"good.txt": "good\n"})
            release = here.say("start")["release"]
            here.until(release, "SmokePassed")
            for verb in ("advance", "advance", "finish"):
                here.insist(verb)
            assert post.ids == [], "nothing could be told, and nothing waited for it"
            told = here.say("notifications")
            assert {one["error"] for one in told["destinations"]} == {"answers 503"}
            assert len(told["waiting"]) > 5
            post.box.dead = False
            here.wait(lambda: here.say("notifications")["waiting"] == [], "all of it")
    numbers = [(release_, int(number)) for release_, number, _ in (ident.split("/") for ident in post.ids)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers) == len(told["waiting"])
    assert [ident for ident in post.ids if ident not in {one["id"] for one in told["waiting"]}] == []
    texts = [sent.body["message"] for sent in post.box.sent]
    assert any("#7 Good is on staging, please check it there" in text for text in texts)
    assert texts[-1] == f"{release} is finished: every host runs it"
    assert git(here.town.origin, "tag", "--list", release).strip() == release


def test_an_engine_killed_between_sending_and_mark_sends_one_message_twice_and_loses_none(tmp_path: Path) -> None:
    with Post() as post:
        here = yard(tmp_path, post)
        got, go_on = Event(), Event()

        def hold(_: object) -> tuple[int, object]:
            """The webhook has the message, and its answer is a long time coming."""
            got.set()
            go_on.wait(60)
            return 200, {}

        post.box.answer = hold
        with here.agents():
            with here.process("engine"):
                first = here.say("install")["release"]
                assert got.wait(60)
            go_on.set()
            with here.process("engine"):
                here.until(first, "Finished")
                here.wait(lambda: bool(post.ids) and here.say("notifications")["waiting"] == [], "all of it")
            due = set(post.ids)
            again = [ident for ident, times in Counter(post.ids).items() if times > 1]
            assert again == [f"{first}/1/json"]
            assert post.ids.count(again[0]) == 2
            kinds = here.events(first)
            assert due == {
                f"{first}/{kinds.index(kind) + 1}/json" for kind in ("Started", "Cut", "Advanced", "Finished")
            }


def test_the_author_hears_at_once_that_the_errors_point_to_their_pr(tmp_path: Path) -> None:
    with Post() as post:
        here = yard(tmp_path, post)
        config, report = tmp_path / "config.toml", tmp_path / "errors.txt"
        config.write_text(config.read_text() + f'[suspects]\nreport = "{report}"\nevery = 0.5\n')
        with here.agents(), here.process("engine"):
            here.until(here.say("install")["release"], "Finished")
            here.town.squash_pr(7, "Good", {"good.py": "good\n"})
            here.town.squash_pr(8, "Bad", {"shop/total.py": "def total(x):\n    return x[1]\n"})
            release = here.say("start")["release"]
            here.until(release, "SmokePassed")
            report.write_text(
                'Traceback (most recent call last):\n  File "/srv/shop/total.py", line 2, in total\nKeyError: 1\n'
            )
            here.until(release, "Suspected")
            here.wait(lambda: any("is suspected" in sent.body["message"] for sent in post.box.sent), "the suspicion")
    said = next(sent.body["message"] for sent in post.box.sent if "is suspected" in sent.body["message"])
    assert "#8 Bad is suspected, changed shop/total.py:2" in said
    assert "please look at once" in said
