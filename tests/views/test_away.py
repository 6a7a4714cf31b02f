"""What somebody who comes back is told, in golden rows."""

from dataclasses import replace

from cockpit.deploy.schedule.presence import Looked
from cockpit.deploy.snapshot import Seen
from cockpit.views import away, handoff
from cockpit.views.away import missed
from cockpit.views.rows import cells, length, plain
from tests.builders import NOW, SCENES, at_canary, frozen, hostile, in_the_day, rolled_back

SEEN = Looked(NOW - 600, "2026-11-23.3", 2)


def test_the_page_says_what_is_due_what_moved_who_did_it_and_every_event() -> None:
    shown = plain(away.away(at_canary(), SEEN, 80))
    assert shown.startswith("since 12:24:56 UTC, 10 min ago\n\nDUE NOW\n  • the next step may be taken\n")
    assert "WHAT MOVED\n  • 2026-11-23.3: to staging, to dogfood, to canary\n" in shown
    assert "WHO\n  • " in shown
    assert "engine: 4 events" in shown
    assert "canary pointed at" in shown
    assert "cut at" not in shown, "it was there when they looked"


def test_a_step_that_the_calendar_or_a_freeze_refuses_is_not_said_to_be_due() -> None:
    assert "the next step may be taken" in plain(away.away(in_the_day(), SEEN, 80))
    shown = plain(away.away(frozen(), SEEN, 80))
    assert "deploys are frozen by bob@desk: billing moves house" in shown
    assert "may be taken" not in shown


def test_what_was_taken_back_is_said_first_and_loudly() -> None:
    shown = plain(away.away(rolled_back(), SEEN, 100))
    assert "ROLLED BACK" in shown
    assert "held by" in shown.split("WHAT MOVED")[0]


def test_by_the_number_of_the_event_and_not_by_the_clock() -> None:
    snapshot = at_canary()
    release = snapshot.latest
    assert release is not None
    late = Looked(NOW - 1e6, release.id, release.number)
    assert missed(snapshot, late) == ()
    assert plain(away.away(snapshot, late, 80)).endswith("nothing has happened since")
    early = Looked(NOW + 1e6, release.id, release.number - 1)
    ((_, events),) = missed(snapshot, early)
    assert events == release.events[-1:]


def test_a_release_opened_since_is_new_from_its_first_event_on() -> None:
    snapshot = at_canary()
    found = missed(snapshot, Looked(NOW - 9000, "2026-11-23.2", 999))
    assert [release.id for release, _ in found] == ["2026-11-23.3"]
    assert len(missed(snapshot, Looked(0.0))) == len(snapshot.log.value.releases)


def test_without_a_known_look_it_says_so() -> None:
    said = " ".join(plain(away.page(at_canary(), 40)).split())
    assert said == "no earlier look of yours is on record here; from now on it is. y shows what releases did"
    known = replace(at_canary(), looked=Seen(SEEN, NOW))
    assert away.page(known, 80) == away.away(known, SEEN, 80)
    assert away.as_json(at_canary(), None, "")["events"] == []


def test_the_same_as_values() -> None:
    told = away.as_json(at_canary(), SEEN, "ada@box")
    assert told["moved"] == ["2026-11-23.3: to staging, to dogfood, to canary"]
    assert told["who"] == {"engine": 4, "ada@box": 1}
    assert {event["release"] for event in told["events"]} == {"2026-11-23.3"}
    assert all(event["sentence"] for event in told["events"])


def test_no_scene_writes_over_the_edge_or_lets_an_escape_code_through() -> None:
    for scene in (*SCENES.values(), hostile):
        snapshot = replace(scene(), looked=Seen(Looked(0.0), NOW))
        for width in (30, 80, 200):
            for line in (*away.page(snapshot, width), *handoff.page(snapshot, width)):
                assert length(line) <= width
                assert all(span.text.isprintable() and cells(span.text) >= 0 for span in line)
