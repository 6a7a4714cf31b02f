"""Undelivered notifications on the headline, on their page and as JSON."""

from dataclasses import replace

from cockpit.deploy.outbox import Destination, Message, Outbox, UndeliveredMessage
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.views.headline import headline
from cockpit.views.notifications import as_json, page, undelivered
from cockpit.views.rows import plain
from tests.builders import NOW, at_canary

FAILING = Destination("2026-11-23.3", 0, "answered 503", NOW - 700)
WORKING = Destination("2026-11-23.3")


def waiting(*ages: float, error: str = "answered 503", to: str = "slack") -> tuple[UndeliveredMessage, ...]:
    return tuple(
        UndeliveredMessage(Message("2026-11-23.3", n, 1, to, NOW - age, f"line {n}\nand more [/] \x1b[2J"), error)
        for n, age in enumerate(ages, 1)
    )


def with_outbox(box: Outbox) -> Snapshot:
    return replace(at_canary(), outbox=Seen(box, NOW - 1))


def test_undelivered_notifications_are_one_line_with_age_and_reason() -> None:
    box = Outbox(waiting(720.0, 60.0, 2.0), (), {"slack": FAILING, "mailto": WORKING})
    assert undelivered(with_outbox(box)) == "3 notifications undelivered for 12 min: slack answered 503"
    assert "3 notifications undelivered for 12 min: slack answered 503" in plain(headline(with_outbox(box), 100))


def test_a_notification_under_way_is_not_reported() -> None:
    assert undelivered(with_outbox(Outbox(waiting(3.0, error=""), (), {"slack": WORKING}))) == ""
    assert undelivered(with_outbox(Outbox())) == ""
    assert undelivered(at_canary()) == ""


def test_a_missing_engine_is_the_reason() -> None:
    box = Outbox(waiting(90.0, error=""), (), {"slack": WORKING})
    assert undelivered(with_outbox(box)) == "1 notification undelivered for 90 s: no engine is running".replace(
        "90 s", "2 min"
    )


def test_the_page_has_destinations_waiting_and_given_up_notifications() -> None:
    given_up = Message("2026-11-22.1", 4, 1, "author:Ann Lee", NOW - 1e6, "too late")
    places = {"slack": FAILING, "author:Ann Lee": WORKING, "forge:github": WORKING}
    box = Outbox(waiting(720.0), (given_up,), places, {"slack": 12, "forge:github": 1})
    shown = plain(page(with_outbox(box), 100))
    lines = [line.rstrip() for line in shown.split("\n")]
    assert lines[0].split() == ["Ann", "Lee", "0", "delivered"]
    assert lines[1].split() == ["github", "1", "delivered"]
    assert "12 delivered, 1 waiting  answered 503, for 12 min" in lines[2]
    assert any(line.startswith("12 min") and "line 1 · and more [/]" in line for line in lines)
    assert any(line.startswith("2026-11-22.1") and "too late" in line for line in lines)
    assert "\x1b" not in shown


def test_without_destinations_the_page_says_how_to_add_them() -> None:
    assert "[people]" in plain(page(with_outbox(Outbox()), 100))


def test_json_has_the_same() -> None:
    box = Outbox(waiting(720.0), (waiting(1.0)[0].message,), {"slack": FAILING}, {"slack": 2})
    values = as_json(with_outbox(box))
    assert values["destinations"] == [
        {"to": "slack", "delivered": 2, "waiting": 1, "error": "answered 503", "failing_for": 700.0}
    ]
    assert [message["id"] for message in values["waiting"]] == ["2026-11-23.3/1/slack"]  # type: ignore[attr-defined]
    assert [message["id"] for message in values["given_up"]] == ["2026-11-23.3/1/slack"]  # type: ignore[attr-defined]
