from msgspec.structs import replace

from cockpit.deploy.facts import Finished, Held
from cockpit.deploy.notification_policy import GIVE_UP
from cockpit.deploy.outbox import Delivery, DeliveryRecords, Destination
from cockpit.deploy.release import Release, fold
from cockpit.rules.notifications.outbox import begins, due, moved, outbox, stale
from tests.builders import ADA, DAY, NEW, NOW, POLICY, events, opening, past

ID = f"{DAY}.3"
OPEN = fold(ID, events(*opening(ID)))
PLACES = {"slack": Destination(ID, 0)}


def keys_of(post: DeliveryRecords, *releases: Release) -> list[str]:
    return [one.id for one in due(releases or (past(), OPEN), POLICY, post, "slack")]


def test_what_is_due_is_what_events_call_for_less_what_was_told() -> None:
    all_of_it = keys_of(DeliveryRecords(PLACES))
    assert all_of_it == [f"{ID}/{number}/slack" for number in (1, 2, 5)]
    assert keys_of(DeliveryRecords(PLACES, {(ID, "slack"): Delivery(("1", "5"))})) == [f"{ID}/2/slack"]
    assert keys_of(DeliveryRecords(PLACES, {(ID, "slack"): Delivery(("1",), ("2",))})) == [f"{ID}/5/slack"]


def test_a_message_that_was_begun_is_still_due() -> None:
    assert keys_of(DeliveryRecords(PLACES, {(ID, "slack"): Delivery(sending="1")}))[0] == f"{ID}/1/slack"


def test_a_new_place_is_not_told_the_past() -> None:
    assert begins(()) == Destination()
    assert begins((past(), OPEN)) == Destination(ID, 0)
    closed = past()
    assert begins((closed,)) == Destination(closed.id, closed.number)
    assert keys_of(DeliveryRecords({"slack": begins((closed,))}), closed) == []
    assert keys_of(DeliveryRecords({"slack": begins((closed,))}), closed, OPEN) == keys_of(DeliveryRecords(PLACES))


def test_what_happens_after_the_end_of_the_release_a_place_began_with_is_told() -> None:
    closed = fold(ID, events(*opening(ID), Finished(NEW.id)))
    place = begins((closed,))
    later = fold(ID, events(*opening(ID), Finished(NEW.id), (Held(), ADA, "")))
    assert keys_of(DeliveryRecords({"slack": place}), later) == [f"{ID}/7/slack"]


def test_a_place_that_nobody_knows_is_told_nothing() -> None:
    assert due((OPEN,), POLICY, DeliveryRecords(), "slack") == ()


def test_messages_of_a_release_that_ended_long_ago_are_stale_and_those_of_an_open_one_never() -> None:
    first = due((OPEN,), POLICY, DeliveryRecords(PLACES), "slack")[0]
    ended = fold(ID, events(*opening(ID), Finished(NEW.id), before=0.0))
    assert not stale(first, OPEN, POLICY, NOW + 30 * GIVE_UP)
    assert not stale(first, ended, POLICY, NOW + GIVE_UP)
    assert stale(first, ended, POLICY, NOW + GIVE_UP + 1)


def test_news_of_a_release_that_ended_long_ago_is_not_stale_while_it_is_news() -> None:
    first = due((OPEN,), POLICY, DeliveryRecords(PLACES), "slack")[0]
    ended = fold(ID, events(*opening(ID), Finished(NEW.id), before=0.0))
    assert not stale(replace(first, at=NOW + GIVE_UP), ended, POLICY, NOW + GIVE_UP + 5)


def test_the_screen_sees_what_waits_what_was_given_up_and_how_many_were_told() -> None:
    place = Destination(ID, 0, "answers 503", NOW - 60)
    box = outbox((past(), OPEN), POLICY, DeliveryRecords({"slack": place}, {(ID, "slack"): Delivery(("1",), ("2",))}))
    assert [(one.message.key, one.error) for one in box.waiting] == [("5", "answers 503")]
    assert [one.key for one in box.given_up] == ["2"]
    assert box.delivered == {"slack": 1}


def test_a_place_forgets_all_but_the_last_releases_and_never_goes_back() -> None:
    ids = [f"{DAY}.{n}" for n in range(1, 13)]
    releases = tuple(fold(ident, events(*opening(ident), Finished(NEW.id))) for ident in ids)
    assert moved(releases, Destination(ids[0]), ()) == f"{DAY}.8"
    assert moved(releases, Destination(ids[10]), ()) == ids[10]
    assert moved((), Destination(), ()) == ""
