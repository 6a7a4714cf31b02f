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
PLACES = {"slack": Destination(ID, 0)}


def keys_of(post: DeliveryRecords, *releases: Release) -> list[str]:
    return [one.id for one in due_messages(releases or (finished_release(), OPEN), POLICY, post, "slack")]


def test_what_is_due_is_what_events_call_for_less_what_was_told() -> None:
    all_of_it = keys_of(DeliveryRecords(PLACES))
    assert all_of_it == [f"{ID}/{number}/slack" for number in (1, 2, 5)]
    assert keys_of(DeliveryRecords(PLACES, {(ID, "slack"): Delivery(("1", "5"))})) == [f"{ID}/2/slack"]
    assert keys_of(DeliveryRecords(PLACES, {(ID, "slack"): Delivery(("1",), ("2",))})) == [f"{ID}/5/slack"]


def test_a_message_that_was_begun_is_still_due() -> None:
    assert keys_of(DeliveryRecords(PLACES, {(ID, "slack"): Delivery(sending="1")}))[0] == f"{ID}/1/slack"


def test_a_new_place_is_not_told_the_past() -> None:
    assert first_destination(()) == Destination()
    assert first_destination((finished_release(), OPEN)) == Destination(ID, 0)
    closed = finished_release()
    assert first_destination((closed,)) == Destination(closed.id, closed.last_number)
    assert keys_of(DeliveryRecords({"slack": first_destination((closed,))}), closed) == []
    assert keys_of(DeliveryRecords({"slack": first_destination((closed,))}), closed, OPEN) == keys_of(
        DeliveryRecords(PLACES)
    )


def test_what_happens_after_the_end_of_the_release_a_place_began_with_is_told() -> None:
    closed = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id)))
    place = first_destination((closed,))
    later = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id), (Held(), ADA, "")))
    assert keys_of(DeliveryRecords({"slack": place}), later) == [f"{ID}/7/slack"]


def test_a_place_that_nobody_knows_is_told_nothing() -> None:
    assert due_messages((OPEN,), POLICY, DeliveryRecords(), "slack") == ()


def test_messages_of_a_release_that_ended_long_ago_are_stale_and_those_of_an_open_one_never() -> None:
    first = due_messages((OPEN,), POLICY, DeliveryRecords(PLACES), "slack")[0]
    ended = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id), before=0.0))
    assert not is_stale(first, OPEN, POLICY, NOW + 30 * GIVE_UP_AFTER)
    assert not is_stale(first, ended, POLICY, NOW + GIVE_UP_AFTER)
    assert is_stale(first, ended, POLICY, NOW + GIVE_UP_AFTER + 1)


def test_news_of_a_release_that_ended_long_ago_is_not_stale_while_it_is_news() -> None:
    first = due_messages((OPEN,), POLICY, DeliveryRecords(PLACES), "slack")[0]
    ended = fold(ID, events(*facts_to_staging(ID), Finished(NEW.id), before=0.0))
    assert not is_stale(replace(first, at=NOW + GIVE_UP_AFTER), ended, POLICY, NOW + GIVE_UP_AFTER + 5)


def test_the_screen_sees_what_waits_what_was_given_up_and_how_many_were_told() -> None:
    place = Destination(ID, 0, "answers 503", NOW - 60)
    box = outbox_of(
        (finished_release(), OPEN), POLICY, DeliveryRecords({"slack": place}, {(ID, "slack"): Delivery(("1",), ("2",))})
    )
    assert [(one.message.key, one.error) for one in box.waiting] == [("5", "answers 503")]
    assert [one.key for one in box.given_up] == ["2"]
    assert box.delivered == {"slack": 1}


def test_a_place_forgets_all_but_the_last_releases_and_never_goes_back() -> None:
    ids = [f"{DAY}.{n}" for n in range(1, 13)]
    releases = tuple(fold(ident, events(*facts_to_staging(ident), Finished(NEW.id))) for ident in ids)
    assert next_start(releases, Destination(ids[0]), ()) == f"{DAY}.8"
    assert next_start(releases, Destination(ids[10]), ()) == ids[10]
    assert next_start((), Destination(), ()) == ""
