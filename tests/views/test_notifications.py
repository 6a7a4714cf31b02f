from dataclasses import replace

from cockpit.deploy.outbox import Destination, Message, Outbox, UndeliveredMessage
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.views.headline import headline
from cockpit.views.notifications import as_json, page, undelivered
from cockpit.views.rows import plain
from tests.builders import NOW, at_canary

DEAD = Destination("2026-11-23.3", 0, "answers 503", NOW - 700)
WELL = Destination("2026-11-23.3")


def waiting(*ages: float, error: str = "answers 503", to: str = "slack") -> tuple[UndeliveredMessage, ...]:
    return tuple(
        UndeliveredMessage(Message("2026-11-23.3", n, 1, to, NOW - age, f"line {n}\nand more [/] \x1b[2J"), error)
        for n, age in enumerate(ages, 1)
    )


def seen(box: Outbox) -> Snapshot:
    return replace(at_canary(), outbox=Seen(box, NOW - 1))


def test_what_is_undelivered_is_one_line_with_its_age_and_its_reason() -> None:
    box = Outbox(waiting(720.0, 60.0, 2.0), (), {"slack": DEAD, "mailto": WELL})
    assert undelivered(seen(box)) == "3 messages undelivered for 12 min: slack answers 503"
    assert "3 messages undelivered for 12 min: slack answers 503" in plain(headline(seen(box), 100))


def test_what_is_on_its_way_is_nobodys_trouble() -> None:
    assert undelivered(seen(Outbox(waiting(3.0, error=""), (), {"slack": WELL}))) == ""
    assert undelivered(seen(Outbox())) == ""
    assert undelivered(at_canary()) == ""


def test_without_an_engine_it_says_that() -> None:
    box = Outbox(waiting(90.0, error=""), (), {"slack": WELL})
    assert undelivered(seen(box)) == "1 message undelivered for 90 s: no engine tells people".replace("90 s", "2 min")


def test_the_page_has_the_places_what_waits_and_what_was_given_up() -> None:
    lost = Message("2026-11-22.1", 4, 1, "author:Ann Lee", NOW - 1e6, "told too late")
    places = {"slack": DEAD, "author:Ann Lee": WELL, "forge:github": WELL}
    box = Outbox(waiting(720.0), (lost,), places, {"slack": 12, "forge:github": 1})
    shown = plain(page(seen(box), 100))
    lines = [line.rstrip() for line in shown.split("\n")]
    assert lines[0].split() == ["Ann", "Lee", "0", "messages", "told"]
    assert lines[1].split()[:4] == ["github", "1", "message", "told"]
    assert "12 messages told, 1 waiting  answers 503, for 12 min" in lines[2]
    assert any(line.startswith("12 min") and "line 1 · and more [/]" in line for line in lines)
    assert any(line.startswith("2026-11-22.1") and "told too late" in line for line in lines)
    assert "\x1b" not in shown


def test_where_nobody_is_told_the_page_says_how_to_begin() -> None:
    assert "[people]" in plain(page(seen(Outbox()), 100))


def test_json_has_the_same() -> None:
    box = Outbox(waiting(720.0), (waiting(1.0)[0].message,), {"slack": DEAD}, {"slack": 2})
    told = as_json(seen(box))
    assert told["places"] == [
        {"to": "slack", "delivered": 2, "waiting": 1, "trouble": "answers 503", "failing_for": 700.0}
    ]
    assert [one["id"] for one in told["waiting"]] == ["2026-11-23.3/1/slack"]  # type: ignore[attr-defined]
    assert [one["id"] for one in told["given_up"]] == ["2026-11-23.3/1/slack"]  # type: ignore[attr-defined]
