from dataclasses import replace as put

from msgspec.structs import replace

from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Advanced,
    BuildFailed,
    BuildReady,
    Call,
    Cut,
    CutFailed,
    Finished,
    RevertAsked,
    Reverted,
    RevertFailed,
    SmokeFailed,
    SmokePassed,
    Unreadable,
)
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.plan import AppendEvent, CommandRequest, Plan, Refusal, WriteTarget
from cockpit.deploy.rehearsal import Rehearsal, Rehearsed
from cockpit.deploy.release import End, after, fold
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.text import short
from cockpit.rules import decisions
from cockpit.rules.evidence import evidence
from cockpit.views.rollback_readiness import sentence, way_back
from tests.paper import ADA, NOON, Paper, build, commit


def test_an_empty_fleet_is_installed_before_anything_can_be_released() -> None:
    paper = Paper()
    assert "install" in paper.refused(decisions.start)
    paper.installed()
    assert paper.snapshot.last_good == build(1)
    assert paper.refused(decisions.install) == f"the fleet runs {build(1).id[:10]} already: `start` a release"


def test_the_releases_of_a_day_are_numbered() -> None:
    paper = Paper().at_staging()
    assert [release.id for release in paper.snapshot.log.value.releases] == ["2026-11-22.1", "2026-11-22.2"]


def test_a_second_release_is_refused_while_one_is_open() -> None:
    assert Paper().at_staging().refused(decisions.start).startswith("2026-11-22.2 is open at staging")


def test_advance_asks_the_gate() -> None:
    paper = Paper().at_staging()
    paper.judged(Call.WAIT, "soaking")
    assert paper.refused(decisions.advance) == "the gate says WAIT: soaking"
    paper.judged(Call.GO)
    paper.give(decisions.advance)
    assert paper.release.step == "dogfood"


def test_without_an_engine_nothing_has_been_judged_and_nothing_advances() -> None:
    paper = Paper().at_staging()
    assert "no engine runs" in paper.refused(decisions.advance)


def test_a_verdict_that_is_old_is_no_verdict() -> None:
    paper = Paper().at_staging()
    paper.judged(Call.GO)
    paper.wait(60)
    assert "last judged 60 s ago" in paper.refused(decisions.advance)


def test_a_verdict_on_another_step_or_build_is_no_verdict() -> None:
    paper = Paper().at_staging()
    paper.judged(Call.GO)
    paper.give(decisions.advance)
    assert "not judged yet" in paper.refused(decisions.advance)


def test_an_override_needs_a_reason_and_is_recorded() -> None:
    paper = Paper().at_staging()
    paper.judged(Call.WAIT, "no data")
    assert "reason" in paper.refused(decisions.advance, override=True)
    paper.give(decisions.advance, override=True, why="metrics are down, checked by hand")
    event = paper.release.events[-1]
    assert isinstance(event.what, Advanced)
    assert event.what.overrode == "WAIT: no data"
    assert (event.by, event.why) == (ADA, "metrics are down, checked by hand")


def test_roll_back_cannot_be_overridden_forward() -> None:
    paper = Paper().at(2)
    paper.judged(Call.ROLL_BACK, "bad")
    assert paper.refused(decisions.advance, override=True, why="I insist") == "the gate says ROLL BACK: bad"


def test_a_step_writes_its_event_and_its_target_in_one_plan() -> None:
    paper = Paper().at(3)
    target = paper.snapshot.targets.value["production"].target
    assert (target.percent, target.build, target.base) == (10, build(2).id, build(1).id)
    hosts = paper.snapshot.fleet["production"].hosts
    assert sum(target.wants(host) == build(2).id for host in hosts) == 1


def test_hosts_that_are_in_stay_in_as_the_share_grows() -> None:
    paper = Paper().at(3)
    inside: set[str] = set()
    for rung, count in ((3, 1), (4, 3), (5, 5), (6, 8), (7, 10)):
        while paper.release.rung < rung:
            paper.judged(Call.GO)
            paper.give(decisions.advance)
        target = paper.snapshot.targets.value["production"].target
        now = {host for host in paper.snapshot.fleet["production"].hosts if target.wants(host) == build(2).id}
        assert inside <= now
        assert len(now) == count
        inside = now


def test_hold_stops_advance_and_resume_goes_on() -> None:
    paper = Paper().at(2)
    paper.give(decisions.hold, why="looking at the database")
    paper.judged(Call.GO)
    assert (
        paper.refused(decisions.advance)
        == "2026-11-22.2 is held by ada@desk (looking at the database): resume it first"
    )
    assert "held already" in paper.refused(decisions.hold)
    paper.give(decisions.resume)
    paper.give(decisions.advance)
    assert paper.refused(decisions.resume) == "nothing is held"


def test_rollback_points_every_tier_that_serves_people_at_the_last_good_build_whatever_else_is() -> None:
    paper = Paper().at(4)
    paper.give(decisions.hold)
    plan = paper.give(decisions.roll_back, why="errors")
    points = [step for step in plan.steps if isinstance(step, WriteTarget)]
    assert [point.target.tier for point in points] == ["dogfood", "canary", "production"]
    assert all((p.target.build, p.target.cutoff) == (build(1).id, EVERY_HOST) for p in points)
    assert paper.release.held is not None
    assert "already" in paper.refused(decisions.roll_back)


def test_hosts_that_gave_the_build_up_keep_nobody_else_waiting_on_the_way_back() -> None:
    paper = Paper().at(6)
    tier = paper.snapshot.policy.tier("production")
    spared = paper.snapshot.targets.value["production"].target.permits
    assert 0 < spared < len(tier.hosts)
    for host in tier.hosts[:4]:
        paper.status(replace(paper.snapshot.statuses.value[host], state=HostState.FAILED, build=build(2).id))
    paper.give(decisions.roll_back, why="errors")
    assert paper.snapshot.targets.value["production"].target.permits == spared + 4


def test_rollback_of_a_finished_release_goes_to_the_one_before_and_holds_the_next() -> None:
    paper = Paper().at(7)
    paper.judged(Call.GO)
    paper.give(decisions.finish)
    assert paper.snapshot.last_good == build(2)
    assert way_back(paper.snapshot).build == build(1).id
    assert short(build(1).id) in sentence(paper.snapshot).text
    plan = paper.give(decisions.roll_back, why="a customer called")
    assert plan.title.startswith(f"roll back to {short(build(1).id)}")
    assert paper.snapshot.last_good == build(1)
    assert "was rolled back (a customer called)" in paper.refused(decisions.start)
    assert paper.give(decisions.resume, why="fixed on main").steps[0].words == "steps may be taken again"
    paper.give(decisions.start)


def test_with_no_earlier_build_there_is_nothing_to_roll_back_to() -> None:
    assert "nothing to go back to" in Paper().refused(decisions.roll_back)
    assert "nothing to go back to" in Paper().installed().refused(decisions.roll_back)
    assert "no build to go back to" in sentence(Paper().installed().snapshot).text


def test_a_revert_withdraws_the_build_from_people_and_goes_back_to_the_foot_of_the_ladder() -> None:
    paper = Paper().at(2)
    paper.give(decisions.revert, pull=12)
    assert paper.release.rung == -1
    for tier in ("dogfood", "canary"):
        assert paper.snapshot.targets.value[tier].target.build == build(1).id
    assert paper.snapshot.targets.value["staging"].target.build == build(2).id
    assert "under way" in paper.refused(decisions.advance)
    assert "under way" in paper.refused(decisions.revert, pull=12)
    paper.tell(Reverted(12, ("r" * 40,), (commit(3),), "2026-11-22.2-hotfix.1"))
    assert (paper.release.reverted, paper.release.build, paper.release.hotfixes) == ((12,), None, 1)
    assert "being made" in paper.refused(decisions.advance)
    assert "already" in paper.refused(decisions.revert, pull=12)
    paper.tell(BuildReady(build(3), "2026-11-22.2-hotfix.1", 1.0))
    paper.step_by_engine()
    assert paper.snapshot.targets.value["staging"].target.build == build(3).id
    assert paper.release.smoke is None


def test_a_revert_says_what_it_will_do() -> None:
    plan = decisions.revert(Paper().at(2).snapshot, CommandRequest(ADA, pull=12))
    assert isinstance(plan, Plan)
    assert plan.title == "revert #12 Change 12"
    assert [step.words for step in plan.steps] == [
        f"point dogfood at {build(1).id[:10]}, all hosts",
        f"point canary at {build(1).id[:10]}, all hosts",
        "revert #12 on main, pick it into release/2026-11-22.2, tag 2026-11-22.2-hotfix.1, build, back to staging",
    ]


def test_what_a_pr_does_not_come_out_without_is_reverted_first() -> None:
    paper = Paper().at(2)
    tip, shown = paper.release.commit, paper.snapshot
    first, *_, last = paper.release.pulls
    tried = {first.commits[-1]: Rehearsed(("a.py",), (last.name,))}
    along = put(shown, rehearsal=Seen(Rehearsal(tip, tried), 1.0))
    plan = decisions.revert(along, CommandRequest(ADA, pull=first.number))
    assert isinstance(plan, Plan)
    asked = [step.what for step in plan.steps if isinstance(step, AppendEvent)]
    assert [one.pull for one in asked if isinstance(one, RevertAsked)] == [last, first]
    assert f"{first.name} does not come out without it" in plan.steps[-2].words
    elsewhere = put(shown, rehearsal=Seen(Rehearsal("another tip", tried), 1.0))
    plan = decisions.revert(elsewhere, CommandRequest(ADA, pull=first.number))
    assert isinstance(plan, Plan)
    assert sum(isinstance(step, AppendEvent) for step in plan.steps) == 1


def test_a_review_without_a_number_comes_out_by_its_name() -> None:
    paper = Paper().at(2)
    first, *others = paper.release.pulls
    change = "I0123456789abcdef0123456789abcdef01234567"
    gerrit, phabricator = replace(first, number=0, change=change), replace(others[0], number=0, change="D12")
    snapshot = paper.snapshot
    release = replace(snapshot.open or fold("", ()), pulls=(gerrit, phabricator))
    seen = put(snapshot, log=put(snapshot.log, value=put(snapshot.log.value, releases=(release,))))
    for name, one in ((change, gerrit), ("I01234567", gerrit), ("D12", phabricator)):
        plan = decisions.revert(seen, CommandRequest(ADA, change=name))
        assert isinstance(plan, Plan)
        assert [
            step.what.pull
            for step in plan.steps
            if isinstance(step, AppendEvent) and isinstance(step.what, RevertAsked)
        ] == [one]
    for name in ("D1", "I0123456f", "I0"):
        answer = decisions.revert(seen, CommandRequest(ADA, change=name))
        assert isinstance(answer, Refusal)
        assert f"{name} is not in" in answer.reason
    asked = replace(release, reverting=(RevertAsked(gerrit), RevertAsked(phabricator)))
    done = after(asked, Event(9, 1.0, "engine", "", Reverted(0, ("r",), ("p",), "t", gerrit.name), ""))
    assert ([one.pull for one in done.reverting], done.gone, done.reverted) == ([phabricator], (gerrit.name,), ())
    no = after(done, Event(10, 1.0, "engine", "", RevertFailed(0, "no", (), "D12"), ""))
    assert no.reverting == ()
    again = put(snapshot, log=put(snapshot.log, value=put(snapshot.log.value, releases=(done,))))
    assert decisions.revert(again, CommandRequest(ADA, change=change)) == Refusal(f"{gerrit.name} is reverted already")


def test_a_revert_that_a_person_resolved_takes_nothing_else_out() -> None:
    snapshot = Paper().at(2).snapshot
    plan = decisions.revert(snapshot, CommandRequest(ADA, pull=12, resolved="c0ffee"))
    assert isinstance(plan, Plan)
    (asked,) = (step.what for step in plan.steps if isinstance(step, AppendEvent))
    assert isinstance(asked, RevertAsked)
    assert (asked.pull.number, asked.resolved) == (12, "c0ffee")
    assert "as it was resolved" in plan.steps[-1].words


def test_only_a_pr_of_the_release_can_be_reverted() -> None:
    paper = Paper().at_staging()
    assert paper.refused(decisions.revert, pull=99) == "#99 is not in 2026-11-22.2: it has 3 PRs"
    assert "no PR is chosen" in paper.refused(decisions.revert)


def test_a_revert_that_failed_leaves_the_release_waiting_for_a_person() -> None:
    paper = Paper().at(2)
    paper.give(decisions.revert, pull=12)
    paper.tell(RevertFailed(12, "conflicts", ("shop/12.py",)))
    assert "the revert of #12 failed" in paper.refused(decisions.advance)
    paper.give(decisions.revert, pull=13)
    assert paper.release.reverting[0].pull.number == 13


def test_a_failed_build_is_tried_again_on_resume() -> None:
    paper = Paper().installed()
    paper.give(decisions.start)
    paper.tell(Cut("release/2026-11-22.2", "2026-11-22.2", commit(2), commit(1), ()))
    paper.tell(BuildFailed(commit(2), "make: *** [dist] Error 1"))
    assert paper.release.failure is not None
    paper.give(decisions.resume)
    assert paper.release.failure is None


def test_a_failed_cut_can_be_abandoned() -> None:
    paper = Paper().installed()
    paper.give(decisions.start)
    paper.tell(CutFailed("no such commit"))
    paper.give(decisions.abandon)
    assert paper.release.end is End.ABANDONED
    paper.give(decisions.start)


def test_a_failed_smoke_test_is_run_again_on_resume() -> None:
    paper = Paper().installed()
    paper.give(decisions.start)
    paper.cut_and_build(2)
    paper.step_by_engine()
    paper.tell(SmokeFailed(build(2).id, "/ answered 500"))
    paper.give(decisions.resume)
    assert paper.release.smoke is None


def test_finish_needs_the_whole_ladder_and_the_gate() -> None:
    paper = Paper().at(6)
    assert "production 75 %" in paper.refused(decisions.finish)
    paper.judged(Call.GO)
    paper.give(decisions.advance)
    paper.obey()
    paper.judged(Call.WAIT, "soaking")
    assert "soaking" in paper.refused(decisions.finish)
    paper.judged(Call.GO)
    assert "finish it" in paper.refused(decisions.advance)
    paper.give(decisions.finish)
    assert paper.snapshot.open is None


def test_abandon_takes_the_builds_of_the_release_away_from_people() -> None:
    paper = Paper().at(3)
    paper.give(decisions.abandon)
    assert {paper.snapshot.targets.value[t].target.build for t in ("dogfood", "canary", "production")} == {build(1).id}


def test_an_abandoned_release_is_never_the_last_good_one() -> None:
    paper = Paper().at(7)
    paper.give(decisions.abandon)
    assert paper.snapshot.last_good == build(1)


def test_serials_only_grow() -> None:
    paper = Paper().at(4)
    before = paper.snapshot.targets.value["production"].target.serial
    paper.give(decisions.roll_back)
    assert paper.snapshot.targets.value["production"].target.serial == before + 1


def test_a_smoke_test_of_one_build_does_not_speak_for_another() -> None:
    paper = Paper().at(2)
    paper.give(decisions.revert, pull=12)
    paper.tell(Reverted(12, ("r" * 40,), (commit(3),), "t"))
    paper.tell(SmokePassed(build(2).id, 1.0))
    paper.tell(BuildReady(build(3), "t", 1.0))
    paper.step_by_engine()
    assert paper.release.smoke is None


def test_times_are_those_of_the_snapshot() -> None:
    assert Paper().installed().release.events[0].at == NOON


def test_a_serial_is_above_whatever_hosts_have_obeyed_even_if_the_store_forgot_it() -> None:
    paper = Paper().at(4)
    host = next(s for s in paper.snapshot.statuses.value.values() if s.tier == "production")
    paper.status(replace(host, serial=900))
    paper.give(decisions.roll_back)
    assert paper.snapshot.targets.value["production"].target.serial == 901


def test_a_failed_revert_is_not_made_good_by_that_of_another_pr_nor_passed_over_in_silence() -> None:
    paper = Paper().at(2)
    paper.give(decisions.revert, pull=12)
    paper.give(decisions.revert, pull=13)
    paper.tell(RevertFailed(12, "conflicts", ("shop/12.py",)))
    paper.tell(Reverted(13, ("r" * 40,), (commit(3),), "t"))
    assert "the revert of #12 failed" in paper.refused(decisions.advance)
    plan = paper.give(decisions.resume)
    assert "goes on WITH #12" in plan.steps[0].words


def test_a_rollback_that_was_resumed_and_finished_is_good() -> None:
    paper = Paper().at(4)
    paper.give(decisions.roll_back, why="looked bad")
    plan = paper.give(decisions.resume, why="it was the database")
    assert "the build that was rolled back: revert what broke it first" in plan.steps[0].words
    paper.step_by_engine()
    while not paper.release.complete:
        paper.obey()
        paper.judged(Call.GO)
        paper.give(decisions.advance)
    paper.judged(Call.GO)
    paper.give(decisions.finish)
    assert paper.snapshot.last_good == build(2)


def test_hosts_that_gave_the_build_up_are_pointed_at_it_again_by_rollback_and_by_resume() -> None:
    paper = Paper().at(4)
    paper.give(decisions.roll_back)
    paper.obey()
    assert "already" in paper.refused(decisions.roll_back)
    host = paper.snapshot.statuses.value["production-3"]
    paper.status(replace(host, state=HostState.FAILED, failed=build(1).id, detail="pulling: no route"))
    serial = paper.snapshot.targets.value["production"].target.serial
    paper.give(decisions.roll_back)
    assert paper.snapshot.targets.value["production"].target.serial == serial + 1
    paper = Paper().at(7)
    host = paper.snapshot.statuses.value["production-3"]
    paper.status(replace(host, state=HostState.FAILED, failed=build(2).id, detail="pulling: no route"))
    plan = paper.give(decisions.resume)
    assert "point production at" in plan.steps[0].words


def test_finish_under_roll_back_cannot_be_overridden_and_any_other_override_is_recorded() -> None:
    paper = Paper().at(7)
    paper.judged(Call.ROLL_BACK, "bad")
    assert "ROLL BACK" in paper.refused(decisions.finish, override=True, why="I insist")
    paper.judged(Call.WAIT, "soaking")
    paper.give(decisions.finish, override=True, why="lunch")
    event = paper.release.events[-1].what
    assert isinstance(event, Finished)
    assert event.overrode == "WAIT: soaking"


def test_the_confirmation_of_an_override_names_the_verdict_so_that_another_one_is_shown_again() -> None:
    paper = Paper().at(2)
    words = []
    for call in (Call.WAIT, Call.HOLD):
        paper.judged(call, "42 requests")
        plan = decisions.advance(paper.snapshot, CommandRequest(ADA, why="sure", override=True))
        assert isinstance(plan, Plan)
        words.append(plan.steps[0].words)
    assert words == ["record the step, and that WAIT was overridden", "record the step, and that HOLD was overridden"]


def test_a_clock_that_was_set_back_opens_no_release_before_the_last() -> None:
    paper = Paper().installed()
    paper.wait(-86_400)
    paper.give(decisions.start)
    assert paper.release.id == "2026-11-22.2"
    assert paper.snapshot.open is not None


def test_a_release_that_was_held_and_abandoned_does_not_stand_in_the_way() -> None:
    paper = Paper().at(2)
    paper.give(decisions.hold)
    paper.give(decisions.abandon)
    paper.give(decisions.start)


def test_a_release_whose_opening_cannot_be_read_can_only_be_abandoned() -> None:
    paper = Paper().installed()
    paper.give(decisions.start)
    broken = fold(paper.release.id, (replace(paper.release.events[0], what=Unreadable("k", "cut short")),))
    log = put(paper.snapshot.log.value, releases=(*paper.snapshot.log.value.releases[:-1], broken))
    paper.snapshot = put(paper.snapshot, log=Seen(log, NOON))
    assert broken.step == ""
    assert "cannot be read: restore it" in paper.refused(decisions.advance)
    assert isinstance(decisions.abandon(paper.snapshot, CommandRequest(ADA)), Plan)


def test_a_record_that_makes_the_last_good_build_uncertain_is_known() -> None:
    paper = Paper().at(3)
    first, second = paper.snapshot.log.value.releases
    finished = replace(first.events[-1], what=Unreadable("releases/2026-11-22.1/000005", "cut short"))
    log = put(paper.snapshot.log.value, releases=(fold(first.id, (*first.events[:-1], finished)), second))
    snapshot = put(paper.snapshot, log=Seen(log, NOON))
    assert snapshot.last_good is None
    assert [record.key for record in snapshot.damaged] == ["releases/2026-11-22.1/000005"]
    assert evidence(snapshot, second).unreadable == ("releases/2026-11-22.1/000005",)
