"""The track marks finished, current, failed and rolled-back stages."""

from dataclasses import replace

from cockpit.deploy.events import Event
from cockpit.deploy.facts import BuildFailed, CutFailed, Held, Resumed
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import apply
from cockpit.deploy.snapshot import Log, Seen, Snapshot
from cockpit.views.rows import length, plain
from cockpit.views.timeline import StageMark, stages, timeline
from tests.builders import NOW, at_canary, at_production, hold_at_dogfood, hotfixed, idle, reverting, rolled_back


def marks(snapshot: Snapshot) -> dict[str, StageMark]:
    return {stage.label: stage.mark for stage in stages(snapshot)}


def with_event(snapshot: Snapshot, what: Held | Resumed | BuildFailed | CutFailed) -> Snapshot:
    release = snapshot.latest or Release("2026-11-23.3")
    event = Event(release.last_number + 1, NOW - 1, "ada@box", "", what, "")
    return replace(snapshot, log=Seen(Log((*snapshot.log.value.releases[:-1], apply(release, event))), NOW))


def test_at_canary_earlier_stages_are_done_and_production_is_next() -> None:
    marked = marks(at_canary())
    assert [marked[label] for label in ("cut", "build", "staging", "smoke", "dogfood")] == [StageMark.DONE] * 5
    assert marked["canary"] is StageMark.NOW
    assert marked["10 %"] is StageMark.NEXT


def test_the_current_step_shows_its_soak() -> None:
    canary = next(stage for stage in stages(at_canary()) if stage.label == "canary")
    assert canary.progress == 42 / 60
    assert canary.note == "42/60 s"


def test_a_held_release_is_marked_at_its_step() -> None:
    assert marks(with_event(at_canary(), Held()))["canary"] is StageMark.HELD


def test_a_hold_shows_its_length_and_leaves_a_mark_after_it() -> None:
    held = with_event(at_canary(), Held())
    canary = next(stage for stage in stages(held) if stage.label == "canary")
    assert canary.note == "held 1 s"
    assert "‖" in plain(timeline(held, 120, True))
    again = with_event(with_event(with_event(held, Resumed()), Held()), Resumed())
    canary = next(stage for stage in stages(again) if stage.label == "canary")
    assert (canary.mark, canary.holds) == (StageMark.NOW, 2)
    assert "◉‖‖" in plain(timeline(again, 120, True))
    assert all(length(line) == 80 for line in timeline(again, 80))


def test_a_hotfix_shows_the_step_at_which_it_was_requested() -> None:
    loop = next(stage for stage in stages(hotfixed()) if stage.mark is StageMark.LOOP)
    assert (loop.label, loop.note) == ("#33", "from dogfood")


def test_a_bad_verdict_fails_the_step() -> None:
    assert marks(hold_at_dogfood())["dogfood"] is StageMark.FAILED


def test_a_failed_cut_and_a_failed_build_are_marked() -> None:
    assert marks(with_event(idle(), CutFailed("no such branch")))["cut"] is StageMark.FAILED
    assert marks(with_event(at_canary(), BuildFailed("c", "boom")))["build"] is StageMark.FAILED


def test_a_pending_revert_is_a_stage_and_the_withdrawn_tier_is_undone() -> None:
    marked = marks(reverting())
    assert marked["#33"] is StageMark.NOW
    assert marked["build"] is StageMark.NEXT
    assert marked["dogfood"] is StageMark.UNDONE


def test_after_a_hotfix_the_release_starts_again_from_staging() -> None:
    marked = marks(hotfixed())
    assert marked["#33"] is StageMark.LOOP
    assert marked["smoke"] is StageMark.NOW
    assert marked["dogfood"] is StageMark.NEXT


def test_a_rollback_undoes_every_serving_tier() -> None:
    marked = marks(rolled_back())
    assert marked["staging"] is StageMark.DONE
    assert [marked[label] for label in ("dogfood", "canary", "10 %")] == [StageMark.UNDONE] * 3
    assert marked["25 %"] is StageMark.NEXT


def test_labels_stand_under_their_marks() -> None:
    rails, labels = (plain((line,)) for line in timeline(at_production(), 80))
    for label in ("cut", "smoke", "canary", "50 %"):
        assert rails[labels.index(label)] in "●◉○"


def test_a_narrow_track_keeps_the_current_step() -> None:
    for width in range(12, 80, 5):
        lines = timeline(at_canary(), width)
        assert all(length(line) == width for line in lines)
        assert "canary" in plain(lines)
