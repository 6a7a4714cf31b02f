"""What is due to each destination, what is stale, and where a destination begins."""

from msgspec.structs import replace

from cockpit.deploy.facts import Finished, Held
from cockpit.deploy.notification_policy import GIVE_UP_AFTER
from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from cockpit.rules.notifications.outbox import due_messages, first_destination, is_stale, next_start, outbox_of
from tests.builders import ADA, DAY, NEW, NOW, POLICY, events, facts_to_staging, finished_release

ID = f"{DAY}.3"
OPEN = fold(ID, events(*facts_to_staging(ID)))
DESTINATIONS = {"slack": Destination(ID, 0)}


def keys_of(records: DeliveryRecords, *releases: Release) -> list[str]:
    return [message.id for message in due_messages(releases or (finished_release(), OPEN), POLICY, records, "slack")]


def test_due_messages_are_all_less_the_delivered_and_the_given_up() -> None:
    every = keys_of(DeliveryRecords(DESTINATIONS))
    assert every == [f"{ID}/{number}/slack" for number in (1, 2, 5)]
    assert keys_of(DeliveryRecords(DESTINATIONS, {(ID, "slack"): Delivery(("1", "5"))})) == [f"{ID}/2/slack"]
    assert keys_of(DeliveryRecords(DESTINATIONS, {(ID, "slack"): Delivery(("1",), ("2",))})) == [f"{ID}/5/slack"]


def test_a_message_whose_delivery_was_interrupted_is_still_due() -> None:
    assert keys_of(DeliveryRecords(DESTINATIONS, {(ID, "slack"): Delivery(sending="1")}))[0] == f"{ID}/1/slack"


def test_a_new_destination_gets_no_past_messages() -> None:
    assert first_destination(()) == Destination()
    assert first_destination((finished_release(), OPEN)) == Destination(ID, 0)
    closed = finished_release()
    assert first_destination((closed,)) == Destination(closed.id, closed.last_number)
    assert keys_of(DeliveryRecords({"slack": first_destination((closed,))}), closed) == []
    assert keys_of(DeliveryRecords({"slack": first_destination((closed,))}), closed, OPEN) == keys_of(
        DeliveryRecords(DESTINATIONS)
    )


def test_events_after_the_end_of_the_first_release_are_due() -> None:
    closed = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id)))
    destination = first_destination((closed,))
    later = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id), (Held(), ADA, "")))
    assert keys_of(DeliveryRecords({"slack": destination}), later) == [f"{ID}/7/slack"]


def test_an_unknown_destination_has_no_due_messages() -> None:
    assert due_messages((OPEN,), POLICY, DeliveryRecords(), "slack") == ()


def test_messages_of_a_release_that_ended_long_ago_are_stale_and_those_of_an_open_one_never() -> None:
    first = due_messages((OPEN,), POLICY, DeliveryRecords(DESTINATIONS), "slack")[0]
    ended = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id), before=0.0))
    assert not is_stale(first, OPEN, POLICY, NOW + 30 * GIVE_UP_AFTER)
    assert not is_stale(first, ended, POLICY, NOW + GIVE_UP_AFTER)
    assert is_stale(first, ended, POLICY, NOW + GIVE_UP_AFTER + 1)


def test_a_recent_event_of_an_old_release_is_not_stale() -> None:
    first = due_messages((OPEN,), POLICY, DeliveryRecords(DESTINATIONS), "slack")[0]
    ended = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id), before=0.0))
    assert not is_stale(replace(first, at=NOW + GIVE_UP_AFTER), ended, POLICY, NOW + GIVE_UP_AFTER + 5)


def test_the_outbox_has_waiting_given_up_and_delivered_messages() -> None:
    destination = Destination(ID, 0, "answered 503", NOW - 60)
    records = DeliveryRecords({"slack": destination}, {(ID, "slack"): Delivery(("1",), ("2",))})
    box = outbox_of((finished_release(), OPEN), POLICY, records)
    assert [(undelivered.message.key, undelivered.error) for undelivered in box.waiting] == [("5", "answered 503")]
    assert [message.key for message in box.given_up] == ["2"]
    assert box.delivered == {"slack": 1}


def test_the_start_of_a_destination_moves_forward_and_keeps_the_last_releases() -> None:
    ids = [f"{DAY}.{n}" for n in range(1, 13)]
    releases = tuple(fold(ident, events(*facts_to_staging(ident), Finished(NEW.id))) for ident in ids)
    assert next_start(releases, Destination(ids[0]), ()) == f"{DAY}.8"
    assert next_start(releases, Destination(ids[10]), ()) == ids[10]
    assert next_start((), Destination(), ()) == ""
