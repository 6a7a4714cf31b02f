"""Keys and ids of notifications, and the authors with an address."""

import msgspec

from cockpit.deploy.outbox import DeliveryRecords, Destination, Message


def message(part: int) -> Message:
    return Message("2026-11-23.1", 7, part, "slack", 0.0, "text")


def test_the_key_of_a_message_has_its_part_only_if_there_are_several() -> None:
    assert [message(part).key for part in (1, 2)] == ["7", "7.2"]


def test_the_id_of_a_message_is_stable_and_names_release_key_and_destination() -> None:
    assert message(2).id == message(2).id == "2026-11-23.1/7.2/slack"


def test_authors_are_the_destinations_with_their_prefix() -> None:
    records = DeliveryRecords({"slack": Destination(), "author:ann": Destination(), "author:bob": Destination()})
    assert records.authors == ("ann", "bob")


def test_the_error_of_a_destination_keeps_its_stored_name() -> None:
    assert msgspec.json.decode(b'{"trouble": "403"}', type=Destination).error == "403"
    assert msgspec.to_builtins(Destination(error="403"))["trouble"] == "403"
