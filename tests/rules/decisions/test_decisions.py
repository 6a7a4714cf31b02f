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
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult
from cockpit.deploy.release import End
from cockpit.deploy.release_fold import apply, fold
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.text import short
from cockpit.rules import decisions
from cockpit.rules.evidence import gather_evidence
from cockpit.views.rollback_readiness import readiness_sentence, fleet_readiness
from tests.scenario import ADA, NOON, Scenario, build, commit


def test_an_empty_fleet_is_installed_before_anything_can_be_released() -> None:
    scenario = Scenario()
    assert "install" in scenario.refusal(decisions.start)
    scenario.installed()
    assert scenario.snapshot.last_good == build(1)
    assert scenario.refusal(decisions.install) == f"the fleet runs {build(1).id[:10]} already: `start` a release"


def test_the_releases_of_a_day_are_numbered() -> None:
    scenario = Scenario().at_staging()
    assert [release.id for release in scenario.snapshot.log.value.releases] == ["2026-11-22.1", "2026-11-22.2"]


def test_a_second_release_is_refused_while_one_is_open() -> None:
    assert Scenario().at_staging().refusal(decisions.start).startswith("2026-11-22.2 is open at staging")


def test_advance_asks_the_gate() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.WAIT, "soaking")
    assert scenario.refusal(decisions.advance) == "the gate says WAIT: soaking"
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    assert scenario.release.step == "dogfood"


def test_without_an_engine_nothing_has_been_judged_and_nothing_advances() -> None:
    scenario = Scenario().at_staging()
    assert "no engine runs" in scenario.refusal(decisions.advance)


def test_a_verdict_that_is_old_is_no_verdict() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.GO)
    scenario.wait(60)
    assert "last judged 60 s ago" in scenario.refusal(decisions.advance)


def test_a_verdict_on_another_step_or_build_is_no_verdict() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    assert "not judged yet" in scenario.refusal(decisions.advance)


def test_an_override_needs_a_reason_and_is_recorded() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.WAIT, "no data")
    assert "reason" in scenario.refusal(decisions.advance, override=True)
    scenario.run(decisions.advance, override=True, why="metrics are down, checked by hand")
    event = scenario.release.events[-1]
    assert isinstance(event.what, Advanced)
    assert event.what.overrode == "WAIT: no data"
    assert (event.by, event.why) == (ADA, "metrics are down, checked by hand")


def test_roll_back_cannot_be_overridden_forward() -> None:
    scenario = Scenario().at(2)
    scenario.judge(Call.ROLL_BACK, "bad")
    assert scenario.refusal(decisions.advance, override=True, why="I insist") == "the gate says ROLL BACK: bad"


def test_a_step_writes_its_event_and_its_target_in_one_plan() -> None:
    scenario = Scenario().at(3)
    target = scenario.snapshot.targets.value["production"].target
    assert (target.percent, target.build, target.base) == (10, build(2).id, build(1).id)
    hosts = scenario.snapshot.fleet["production"].hosts
    assert sum(target.wants(host) == build(2).id for host in hosts) == 1


def test_hosts_that_are_in_stay_in_as_the_share_grows() -> None:
    scenario = Scenario().at(3)
    inside: set[str] = set()
    for rung, count in ((3, 1), (4, 3), (5, 5), (6, 8), (7, 10)):
        while scenario.release.rung < rung:
            scenario.judge(Call.GO)
            scenario.run(decisions.advance)
        target = scenario.snapshot.targets.value["production"].target
        now = {host for host in scenario.snapshot.fleet["production"].hosts if target.wants(host) == build(2).id}
        assert inside <= now
        assert len(now) == count
        inside = now


def test_hold_stops_advance_and_resume_goes_on() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.hold, why="looking at the database")
    scenario.judge(Call.GO)
    assert (
        scenario.refusal(decisions.advance)
        == "2026-11-22.2 is held by ada@desk (looking at the database): resume it first"
    )
    assert "held already" in scenario.refusal(decisions.hold)
    scenario.run(decisions.resume)
    scenario.run(decisions.advance)
    assert scenario.refusal(decisions.resume) == "nothing is held"


def test_rollback_points_every_tier_that_serves_people_at_the_last_good_build_whatever_else_is() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.hold)
    plan = scenario.run(decisions.roll_back, why="errors")
    points = [step for step in plan.steps if isinstance(step, WriteTarget)]
    assert [point.target.tier for point in points] == ["dogfood", "canary", "production"]
    assert all((p.target.build, p.target.cutoff) == (build(1).id, EVERY_HOST) for p in points)
    assert scenario.release.held is not None
    assert "already" in scenario.refusal(decisions.roll_back)


def test_hosts_that_gave_the_build_up_keep_nobody_else_waiting_on_the_way_back() -> None:
    scenario = Scenario().at(6)
    tier = scenario.snapshot.policy.tier("production")
    spared = scenario.snapshot.targets.value["production"].target.permits
    assert 0 < spared < len(tier.hosts)
    for host in tier.hosts[:4]:
        scenario.report(replace(scenario.snapshot.statuses.value[host], state=HostState.FAILED, build=build(2).id))
    scenario.run(decisions.roll_back, why="errors")
    assert scenario.snapshot.targets.value["production"].target.permits == spared + 4


def test_rollback_of_a_finished_release_goes_to_the_one_before_and_holds_the_next() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    assert scenario.snapshot.last_good == build(2)
    assert fleet_readiness(scenario.snapshot).build == build(1).id
    assert short(build(1).id) in readiness_sentence(scenario.snapshot).text
    plan = scenario.run(decisions.roll_back, why="a customer called")
    assert plan.title.startswith(f"roll back to {short(build(1).id)}")
    assert scenario.snapshot.last_good == build(1)
    assert "was rolled back (a customer called)" in scenario.refusal(decisions.start)
    assert scenario.run(decisions.resume, why="fixed on main").steps[0].summary == "steps may be taken again"
    scenario.run(decisions.start)


def test_with_no_earlier_build_there_is_nothing_to_roll_back_to() -> None:
    assert "nothing to go back to" in Scenario().refusal(decisions.roll_back)
    assert "nothing to go back to" in Scenario().installed().refusal(decisions.roll_back)
    assert "no build to go back to" in readiness_sentence(Scenario().installed().snapshot).text


def test_a_revert_withdraws_the_build_from_people_and_goes_back_to_the_foot_of_the_ladder() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    assert scenario.release.rung == -1
    for tier in ("dogfood", "canary"):
        assert scenario.snapshot.targets.value[tier].target.build == build(1).id
    assert scenario.snapshot.targets.value["staging"].target.build == build(2).id
    assert "under way" in scenario.refusal(decisions.advance)
    assert "under way" in scenario.refusal(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "2026-11-22.2-hotfix.1"))
    assert (scenario.release.reverted_numbers, scenario.release.build, scenario.release.hotfixes) == ((12,), None, 1)
    assert "being made" in scenario.refusal(decisions.advance)
    assert "already" in scenario.refusal(decisions.revert, pull=12)
    scenario.append(BuildReady(build(3), "2026-11-22.2-hotfix.1", 1.0))
    scenario.engine_step()
    assert scenario.snapshot.targets.value["staging"].target.build == build(3).id
    assert scenario.release.smoke is None


def test_a_revert_says_what_it_will_do() -> None:
    plan = decisions.revert(Scenario().at(2).snapshot, CommandRequest(ADA, pull=12))
    assert isinstance(plan, Plan)
    assert plan.title == "revert #12 Change 12"
    assert [step.summary for step in plan.steps] == [
        f"point dogfood at {build(1).id[:10]}, all hosts",
        f"point canary at {build(1).id[:10]}, all hosts",
        "revert #12 on main, pick it into release/2026-11-22.2, tag 2026-11-22.2-hotfix.1, build, back to staging",
    ]


def test_what_a_pr_does_not_come_out_without_is_reverted_first() -> None:
    scenario = Scenario().at(2)
    tip, shown = scenario.release.commit, scenario.snapshot
    first, *_, last = scenario.release.pulls
    tried = {first.commits[-1]: RehearsalResult(("a.py",), (last.name,))}
    along = put(shown, rehearsal=Seen(Rehearsal(tip, tried), 1.0))
    plan = decisions.revert(along, CommandRequest(ADA, pull=first.number))
    assert isinstance(plan, Plan)
    asked = [step.what for step in plan.steps if isinstance(step, AppendEvent)]
    assert [one.pull for one in asked if isinstance(one, RevertAsked)] == [last, first]
    assert f"{first.name} does not come out without it" in plan.steps[-2].summary
    elsewhere = put(shown, rehearsal=Seen(Rehearsal("another tip", tried), 1.0))
    plan = decisions.revert(elsewhere, CommandRequest(ADA, pull=first.number))
    assert isinstance(plan, Plan)
    assert sum(isinstance(step, AppendEvent) for step in plan.steps) == 1


def test_a_review_without_a_number_comes_out_by_its_name() -> None:
    scenario = Scenario().at(2)
    first, *others = scenario.release.pulls
    change = "I0123456789abcdef0123456789abcdef01234567"
    gerrit, phabricator = replace(first, number=0, change=change), replace(others[0], number=0, change="D12")
    snapshot = scenario.snapshot
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
    asked = replace(release, pending_reverts=(RevertAsked(gerrit), RevertAsked(phabricator)))
    done = apply(asked, Event(9, 1.0, "engine", "", Reverted(0, ("r",), ("p",), "t", gerrit.name), ""))
    assert ([one.pull for one in done.pending_reverts], done.reverted_names, done.reverted_numbers) == ([phabricator], (gerrit.name,), ())
    no = apply(done, Event(10, 1.0, "engine", "", RevertFailed(0, "no", (), "D12"), ""))
    assert no.pending_reverts == ()
    again = put(snapshot, log=put(snapshot.log, value=put(snapshot.log.value, releases=(done,))))
    assert decisions.revert(again, CommandRequest(ADA, change=change)) == Refusal(f"{gerrit.name} is reverted already")


def test_a_revert_that_a_person_resolved_takes_nothing_else_out() -> None:
    snapshot = Scenario().at(2).snapshot
    plan = decisions.revert(snapshot, CommandRequest(ADA, pull=12, resolved="c0ffee"))
    assert isinstance(plan, Plan)
    (asked,) = (step.what for step in plan.steps if isinstance(step, AppendEvent))
    assert isinstance(asked, RevertAsked)
    assert (asked.pull.number, asked.resolved) == (12, "c0ffee")
    assert "as it was resolved" in plan.steps[-1].summary


def test_only_a_pr_of_the_release_can_be_reverted() -> None:
    scenario = Scenario().at_staging()
    assert scenario.refusal(decisions.revert, pull=99) == "#99 is not in 2026-11-22.2: it has 3 PRs"
    assert "no PR is chosen" in scenario.refusal(decisions.revert)


def test_a_revert_that_failed_leaves_the_release_waiting_for_a_person() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.append(RevertFailed(12, "conflicts", ("shop/12.py",)))
    assert "the revert of #12 failed" in scenario.refusal(decisions.advance)
    scenario.run(decisions.revert, pull=13)
    assert scenario.release.pending_reverts[0].pull.number == 13


def test_a_failed_build_is_tried_again_on_resume() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.append(Cut("release/2026-11-22.2", "2026-11-22.2", commit(2), commit(1), ()))
    scenario.append(BuildFailed(commit(2), "make: *** [dist] Error 1"))
    assert scenario.release.failure is not None
    scenario.run(decisions.resume)
    assert scenario.release.failure is None


def test_a_failed_cut_can_be_abandoned() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.append(CutFailed("no such commit"))
    scenario.run(decisions.abandon)
    assert scenario.release.end is End.ABANDONED
    scenario.run(decisions.start)


def test_a_failed_smoke_test_is_run_again_on_resume() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.cut_and_build(2)
    scenario.engine_step()
    scenario.append(SmokeFailed(build(2).id, "/ answered 500"))
    scenario.run(decisions.resume)
    assert scenario.release.smoke is None


def test_finish_needs_the_whole_ladder_and_the_gate() -> None:
    scenario = Scenario().at(6)
    assert "production 75 %" in scenario.refusal(decisions.finish)
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    scenario.converge()
    scenario.judge(Call.WAIT, "soaking")
    assert "soaking" in scenario.refusal(decisions.finish)
    scenario.judge(Call.GO)
    assert "finish it" in scenario.refusal(decisions.advance)
    scenario.run(decisions.finish)
    assert scenario.snapshot.open is None


def test_abandon_takes_the_builds_of_the_release_away_from_people() -> None:
    scenario = Scenario().at(3)
    scenario.run(decisions.abandon)
    assert {scenario.snapshot.targets.value[t].target.build for t in ("dogfood", "canary", "production")} == {
        build(1).id
    }


def test_an_abandoned_release_is_never_the_last_good_one() -> None:
    scenario = Scenario().at(7)
    scenario.run(decisions.abandon)
    assert scenario.snapshot.last_good == build(1)


def test_serials_only_grow() -> None:
    scenario = Scenario().at(4)
    before = scenario.snapshot.targets.value["production"].target.serial
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == before + 1


def test_a_smoke_test_of_one_build_does_not_speak_for_another() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "t"))
    scenario.append(SmokePassed(build(2).id, 1.0))
    scenario.append(BuildReady(build(3), "t", 1.0))
    scenario.engine_step()
    assert scenario.release.smoke is None


def test_times_are_those_of_the_snapshot() -> None:
    assert Scenario().installed().release.events[0].at == NOON


def test_a_serial_is_above_whatever_hosts_have_obeyed_even_if_the_store_forgot_it() -> None:
    scenario = Scenario().at(4)
    host = next(s for s in scenario.snapshot.statuses.value.values() if s.tier == "production")
    scenario.report(replace(host, serial=900))
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == 901


def test_a_failed_revert_is_not_made_good_by_that_of_another_pr_nor_passed_over_in_silence() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.run(decisions.revert, pull=13)
    scenario.append(RevertFailed(12, "conflicts", ("shop/12.py",)))
    scenario.append(Reverted(13, ("r" * 40,), (commit(3),), "t"))
    assert "the revert of #12 failed" in scenario.refusal(decisions.advance)
    plan = scenario.run(decisions.resume)
    assert "goes on WITH #12" in plan.steps[0].summary


def test_a_rollback_that_was_resumed_and_finished_is_good() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back, why="looked bad")
    plan = scenario.run(decisions.resume, why="it was the database")
    assert "the build that was rolled back: revert what broke it first" in plan.steps[0].summary
    scenario.engine_step()
    while not scenario.release.on_last_step:
        scenario.converge()
        scenario.judge(Call.GO)
        scenario.run(decisions.advance)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    assert scenario.snapshot.last_good == build(2)


def test_hosts_that_gave_the_build_up_are_pointed_at_it_again_by_rollback_and_by_resume() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back)
    scenario.converge()
    assert "already" in scenario.refusal(decisions.roll_back)
    host = scenario.snapshot.statuses.value["production-3"]
    scenario.report(replace(host, state=HostState.FAILED, failed=build(1).id, detail="pulling: no route"))
    serial = scenario.snapshot.targets.value["production"].target.serial
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == serial + 1
    scenario = Scenario().at(7)
    host = scenario.snapshot.statuses.value["production-3"]
    scenario.report(replace(host, state=HostState.FAILED, failed=build(2).id, detail="pulling: no route"))
    plan = scenario.run(decisions.resume)
    assert "point production at" in plan.steps[0].summary


def test_finish_under_roll_back_cannot_be_overridden_and_any_other_override_is_recorded() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.ROLL_BACK, "bad")
    assert "ROLL BACK" in scenario.refusal(decisions.finish, override=True, why="I insist")
    scenario.judge(Call.WAIT, "soaking")
    scenario.run(decisions.finish, override=True, why="lunch")
    event = scenario.release.events[-1].what
    assert isinstance(event, Finished)
    assert event.overrode == "WAIT: soaking"


def test_the_confirmation_of_an_override_names_the_verdict_so_that_another_one_is_shown_again() -> None:
    scenario = Scenario().at(2)
    words = []
    for call in (Call.WAIT, Call.HOLD):
        scenario.judge(call, "42 requests")
        plan = decisions.advance(scenario.snapshot, CommandRequest(ADA, why="sure", override=True))
        assert isinstance(plan, Plan)
        words.append(plan.steps[0].summary)
    assert words == ["record the step, and that WAIT was overridden", "record the step, and that HOLD was overridden"]


def test_a_clock_that_was_set_back_opens_no_release_before_the_last() -> None:
    scenario = Scenario().installed()
    scenario.wait(-86_400)
    scenario.run(decisions.start)
    assert scenario.release.id == "2026-11-22.2"
    assert scenario.snapshot.open is not None


def test_a_release_that_was_held_and_abandoned_does_not_stand_in_the_way() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.hold)
    scenario.run(decisions.abandon)
    scenario.run(decisions.start)


def test_a_release_whose_opening_cannot_be_read_can_only_be_abandoned() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    broken = fold(scenario.release.id, (replace(scenario.release.events[0], what=Unreadable("k", "cut short")),))
    log = put(scenario.snapshot.log.value, releases=(*scenario.snapshot.log.value.releases[:-1], broken))
    scenario.snapshot = put(scenario.snapshot, log=Seen(log, NOON))
    assert broken.step == ""
    assert "cannot be read: restore it" in scenario.refusal(decisions.advance)
    assert isinstance(decisions.abandon(scenario.snapshot, CommandRequest(ADA)), Plan)


def test_a_record_that_makes_the_last_good_build_uncertain_is_known() -> None:
    scenario = Scenario().at(3)
    first, second = scenario.snapshot.log.value.releases
    finished = replace(first.events[-1], what=Unreadable("releases/2026-11-22.1/000005", "cut short"))
    log = put(scenario.snapshot.log.value, releases=(fold(first.id, (*first.events[:-1], finished)), second))
    snapshot = put(scenario.snapshot, log=Seen(log, NOON))
    assert snapshot.last_good is None
    assert [record.key for record in snapshot.unreadable_records] == ["releases/2026-11-22.1/000005"]
    assert gather_evidence(snapshot, second).unreadable == ("releases/2026-11-22.1/000005",)
