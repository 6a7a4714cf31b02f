import pytest

from cockpit.deploy.events import Event, decode, digest, encode
from cockpit.deploy.facts import Cut, Held, Unreadable
from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from tests.scenario import Scenario


def test_an_event_survives_encoding() -> None:
    scenario = Scenario().at(3)
    events = [event for release in scenario.snapshot.log.value.releases for event in release.events]
    assert len(events) > 12
    for event in events:
        assert decode("k", event.number, encode(event)) == event


def test_every_event_names_the_digest_of_the_one_before_across_releases() -> None:
    scenario = Scenario().at(3)
    last = ""
    for release in scenario.snapshot.log.value.releases:
        for event in release.events:
            assert event.prev == last
            last = digest(encode(event))


@pytest.mark.parametrize(
    "stored",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b"{}", b'{"number":1}', b"[" * 100_000,
     b'{"number":3,"at":0,"by":"","why":"","what":{"type":"Exploded"},"prev":""}'],
)  # fmt: skip
def test_an_unreadable_record_becomes_a_fact_with_its_key_and_reason(stored: bytes) -> None:
    event = decode("releases/r/000003", 3, stored)
    assert isinstance(event.what, Unreadable)
    assert event.what.key == "releases/r/000003"
    assert event.what.reason


def test_an_event_under_another_number_is_unreadable() -> None:
    stored = encode(Event(4, 0.0, "a", "", Held(), ""))
    assert isinstance(decode("k", 3, stored).what, Unreadable)


def test_every_text_of_an_event_is_cleaned_and_keeps_its_lines() -> None:
    pull = PullRequest(1, "\x1b[31m[b]x", "\u202eeve", MergeMethod.SQUASH, ("c",), ("a\x07b",), 0.0)
    event = decode("k", 1, encode(Event(1, 0.0, "e\x9bve", "w\ny", Cut("b", "t", "c", "", (pull,)), "")))
    assert isinstance(event.what, Cut)
    assert (event.by, event.why) == ("eve", "w\ny")
    assert event.what.pulls[0] == PullRequest(1, "[b]x", "eve", MergeMethod.SQUASH, ("c",), ("ab",), 0.0)
