"""The page for a person who comes back."""

from dataclasses import replace

from cockpit.deploy.schedule.presence import LastVisit
from cockpit.deploy.snapshot import Seen
from cockpit.views import away, handoff
from cockpit.views.away import missed_events
from cockpit.views.rows import cells, length, plain
from tests.builders import NOW, SCENES, at_canary, frozen, hostile, in_the_day, rolled_back

VISIT = LastVisit(NOW - 600, "2026-11-23.3", 2)


def test_the_page_lists_what_is_to_do_changes_people_and_events() -> None:
    shown = plain(away.away(at_canary(), VISIT, 80))
    assert shown.startswith(
        "since 12:24:56 UTC, 10 min ago\n\nTO DO\n  • advance 2026-11-23.3: the next step is open\n"
    )
    assert "CHANGES\n  • 2026-11-23.3: to staging, to dogfood, to canary\n" in shown
    assert "PEOPLE\n  • " in shown
    assert "engine: 4 events" in shown
    assert "canary told to run" in shown
    assert "cut at" not in shown, "it was there at the last visit"


def test_a_step_that_a_freeze_refuses_is_not_to_do() -> None:
    assert "the next step is open" in plain(away.away(in_the_day(), VISIT, 80))
    shown = plain(away.away(frozen(), VISIT, 80))
    assert "deploys are frozen by bob@desk: billing moves house" in shown
    assert "the next step" not in shown


def test_a_rollback_comes_first() -> None:
    shown = plain(away.away(rolled_back(), VISIT, 100))
    assert "ROLLED BACK" in shown
    assert "held by" in shown.split("CHANGES")[0]


def test_events_are_compared_by_number_not_by_time() -> None:
    snapshot = at_canary()
    release = snapshot.latest
    assert release is not None
    late = LastVisit(NOW - 1e6, release.id, release.last_number)
    assert missed_events(snapshot, late) == ()
    assert plain(away.away(snapshot, late, 80)).endswith("no events since then")
    early = LastVisit(NOW + 1e6, release.id, release.last_number - 1)
    ((_, events),) = missed_events(snapshot, early)
    assert events == release.events[-1:]


def test_every_event_of_a_newer_release_is_missed() -> None:
    snapshot = at_canary()
    missed = missed_events(snapshot, LastVisit(NOW - 9000, "2026-11-23.2", 999))
    assert [release.id for release, _ in missed] == ["2026-11-23.3"]
    assert len(missed_events(snapshot, LastVisit(0.0))) == len(snapshot.log.value.releases)


def test_a_first_visit_has_no_events() -> None:
    text = " ".join(plain(away.page(at_canary(), 40)).split())
    assert text == "this is your first visit on record; press y for past releases"
    known = replace(at_canary(), last_visit=Seen(VISIT, NOW))
    assert away.page(known, 80) == away.away(known, VISIT, 80)
    assert away.as_json(at_canary(), None, "")["events"] == []


def test_json_has_the_same() -> None:
    values = away.as_json(at_canary(), VISIT, "ada@box")
    assert values["changes"] == ["2026-11-23.3: to staging, to dogfood, to canary"]
    assert values["people"] == {"engine": 4, "ada@box": 1}
    assert {event["release"] for event in values["events"]} == {"2026-11-23.3"}
    assert all(event["sentence"] for event in values["events"])


def test_no_scene_is_too_wide_or_has_control_characters() -> None:
    for scene in (*SCENES.values(), hostile):
        snapshot = replace(scene(), last_visit=Seen(LastVisit(0.0), NOW))
        for width in (30, 80, 200):
            for line in (*away.page(snapshot, width), *handoff.page(snapshot, width)):
                assert length(line) <= width
                assert all(span.text.isprintable() and cells(span.text) >= 0 for span in line)
