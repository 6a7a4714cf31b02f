"""Each state: the next act, and the intent after success, failure and a kill."""

import pytest
from msgspec.structs import replace

from cockpit.agent.acts import Act, CheckSlot, Disk, Drain, Flip, Idle, Prefetch, PullBuild, Undrain, WaitForTurn, Warm
from cockpit.agent.intent import Intent
from cockpit.agent.reconcile import after_failure, after_success, builds_to_keep, decide, is_wanted, obey, recover
from cockpit.agent.retry import Retry
from cockpit.deploy.cutoff import EVERY_HOST, NO_HOST
from cockpit.deploy.hosts.status import HostState, Target

OLD, NEW, THIRD = "a" * 64, "b" * 64, "c" * 64
SERVING_OLD = Intent(HostState.SERVING, serial=1, wanted=OLD, healthy=True)
BOTH = Disk(hot=OLD, cold=(NEW,))
FLIPPED = Disk(hot=NEW, cold=(OLD,))


def moving(state: HostState, **fields: object) -> Intent:
    """The intent of a host that moves from OLD to NEW."""
    values = {"serial": 2, "wanted": NEW, "previous": OLD, "drained": True, "healthy": True, **fields}
    return replace(Intent(state), **values)


def deploy(intent: Intent, disk: Disk, desired: str) -> list[tuple[HostState, Act]]:
    """Return every (state, act) until the host is idle, if every act succeeds."""
    steps = []
    for _ in range(20):
        intent, act = decide(intent, disk, desired)
        steps.append((intent.state, act))
        match act:
            case Idle():
                return steps
            case PullBuild(build):
                disk = Disk(disk.hot, cold=(build,))
            case Flip(build):
                assert build in disk.cold
                disk = Disk(hot=build, cold=(disk.hot,) if disk.hot else ())
            case _:
                pass
        intent = after_success(intent, act)
    raise AssertionError("the host never becomes idle")


def test_a_deploy_pulls_drains_flips_warms_and_undrains() -> None:
    assert deploy(SERVING_OLD, Disk(hot=OLD), NEW) == [
        (HostState.PULLING, PullBuild(NEW)),
        (HostState.DRAINING, Drain()),
        (HostState.SWITCHING, Flip(NEW)),
        (HostState.WARMING, Warm()),
        (HostState.WARMING, Undrain()),
        (HostState.SERVING, Idle()),
    ]


def test_a_return_to_the_build_in_a_cold_slot_pulls_nothing() -> None:
    assert PullBuild(OLD) not in [act for _, act in deploy(replace(SERVING_OLD, wanted=NEW), FLIPPED, OLD)]


def test_a_first_install_has_nothing_to_drain() -> None:
    acts = [act for _, act in deploy(Intent(), Disk(), NEW)]
    assert acts == [PullBuild(NEW), Flip(NEW), Warm(), Undrain(), Idle()]


def test_no_instruction_leaves_a_host_as_it_is() -> None:
    assert decide(Intent(), Disk(), "") == (Intent(), Idle())
    assert decide(SERVING_OLD, BOTH, "") == (SERVING_OLD, Idle())


def test_a_pull_ends_when_its_target_is_removed() -> None:
    intent, act = decide(moving(HostState.PULLING, drained=False), Disk(hot=OLD), "")
    assert (intent.state, act) == (HostState.SERVING, Idle())


def test_a_host_that_serves_the_desired_build_is_idle() -> None:
    assert decide(SERVING_OLD, BOTH, OLD) == (SERVING_OLD, Idle())


def test_a_pull_that_failed_for_good_changes_nothing_and_is_not_tried_again() -> None:
    intent = after_failure(moving(HostState.PULLING, drained=False), PullBuild(NEW), Disk(hot=OLD), "it is corrupt")
    assert (intent.state, intent.failed, intent.detail) == (HostState.FAILED, NEW, "it is corrupt")
    assert decide(intent, Disk(hot=OLD), NEW) == (intent, Idle())


def test_a_newer_target_replaces_the_one_being_prepared() -> None:
    for state in (HostState.PULLING, HostState.PREPARED):
        intent, act = decide(moving(state, drained=False), BOTH, THIRD)
        assert (intent.state, act) == (HostState.PULLING, PullBuild(THIRD))


def test_a_newer_target_during_a_drain_is_obeyed_after_it() -> None:
    draining = moving(HostState.DRAINING)
    assert decide(draining, BOTH, OLD) == (draining, Drain())
    assert deploy(after_success(draining, Drain()), BOTH, OLD) == [
        (HostState.PREPARED, Undrain()),
        (HostState.SERVING, Idle()),
    ]


def test_a_newer_target_during_warming_is_obeyed_once_the_host_serves_again() -> None:
    acts = [act for _, act in deploy(moving(HostState.WARMING, healthy=False), FLIPPED, OLD)]
    assert acts == [Warm(), Undrain(), Drain(), Flip(OLD), Warm(), Undrain(), Idle()]


def test_a_failed_drain_is_undone_and_the_host_is_failed() -> None:
    intent = after_failure(moving(HostState.DRAINING), Drain(), BOTH, "no")
    assert deploy(intent, BOTH, NEW) == [(HostState.REVERTING, Undrain()), (HostState.FAILED, Idle())]


def test_a_failed_flip_is_undrained_and_the_host_is_failed() -> None:
    intent = after_failure(moving(HostState.SWITCHING), Flip(NEW), BOTH, "no")
    assert deploy(intent, BOTH, NEW) == [(HostState.REVERTING, Undrain()), (HostState.FAILED, Idle())]


def test_an_unhealthy_build_is_reverted_and_refused() -> None:
    intent = after_failure(moving(HostState.WARMING, healthy=False), Warm(), FLIPPED, "exit 1: boom")
    assert intent.failed == NEW
    assert "boom" in intent.detail
    assert deploy(intent, FLIPPED, NEW) == [
        (HostState.REVERTING, Flip(OLD)),
        (HostState.REVERTING, Warm()),
        (HostState.REVERTING, Undrain()),
        (HostState.FAILED, Idle()),
    ]


def test_after_a_revert_a_target_for_the_old_build_is_met() -> None:
    intent = after_failure(moving(HostState.WARMING, healthy=False), Warm(), FLIPPED, "boom")
    assert deploy(intent, FLIPPED, OLD)[-1] == (HostState.SERVING, Idle())


def test_if_the_revert_fails_too_the_host_stays_drained_and_reports_it() -> None:
    reverting = moving(HostState.REVERTING, failed=NEW, healthy=False)
    intent = after_failure(reverting, Warm(), BOTH, "boom")
    assert (intent.state, intent.drained) == (HostState.FAILED, True)
    assert "stays drained" in intent.detail
    assert decide(intent, BOTH, NEW) == (intent, Idle())
    assert decide(intent, BOTH, "")[1] == Idle()


def test_a_failed_host_continues_with_a_higher_target() -> None:
    stuck = moving(HostState.FAILED, failed=NEW, healthy=False, detail="stuck")
    for build, first in ((THIRD, PullBuild(THIRD)), (NEW, Drain()), (OLD, Warm())):
        target = Target("canary", 3, build, "", EVERY_HOST, 100, "s", "r")
        intent, desired, _ = obey(stuck, target, "h")
        assert intent.detail == "stuck"
        intent, act = decide(intent, BOTH, desired)
        assert act == first
        assert not isinstance(act, Undrain)


def test_an_unhealthy_first_build_has_no_build_to_return_to() -> None:
    first = moving(HostState.WARMING, previous="", healthy=False)
    intent = after_failure(first, Warm(), Disk(hot=NEW), "boom")
    assert (intent.state, intent.failed, intent.drained) == (HostState.FAILED, NEW, True)
    assert decide(recover(intent, Disk(hot=NEW)), Disk(hot=NEW), NEW)[1] == Idle()
    again, desired, _ = obey(intent, Target("canary", 9, NEW, "", EVERY_HOST, 100, "s", "r"), "h")
    assert decide(again, Disk(hot=NEW), desired)[1] == Warm()


def test_a_failed_undrain_is_retried_and_the_host_does_not_count_as_serving() -> None:
    intent = moving(HostState.WARMING)
    after = after_failure(intent, Undrain(), FLIPPED, "no")
    assert after.retry
    assert decide(after, FLIPPED, NEW) == (after, Undrain())
    assert after_success(after, Undrain()).retry is None


def way_back(state: HostState, **fields: object) -> Intent:
    """The intent of a host that goes back from NEW to OLD, which was healthy there before."""
    return moving(state, wanted=OLD, previous=NEW, good=(NEW, OLD), **fields)


@pytest.mark.parametrize(
    ("state", "act", "disk", "fields"),
    [
        (HostState.PULLING, PullBuild(OLD), Disk(hot=NEW), {"drained": False}),
        (HostState.DRAINING, Drain(), FLIPPED, {}),
        (HostState.SWITCHING, Flip(OLD), FLIPPED, {}),
        (HostState.WARMING, Warm(), BOTH, {"healthy": False}),
        (HostState.WARMING, Undrain(), BOTH, {}),
    ],
)
def test_no_failure_on_the_way_back_to_a_good_build_ends_it(
    state: HostState, act: Act, disk: Disk, fields: dict[str, object]
) -> None:
    intent = way_back(state, **fields)
    assert decide(intent, disk, OLD)[1] == act
    for number in range(1, 5):
        intent = after_failure(intent, act, disk, f"hook: no {number}", 100.0 + number)
        assert (intent.state, intent.failed) == (state, "")
        assert intent.retry == Retry(101.0, number, f"hook: no {number}")
        assert decide(intent, disk, OLD) == (intent, act)
    assert deploy(intent, disk, OLD)[-1] == (HostState.SERVING, Idle())
    restarted = recover(intent, disk)
    assert restarted.retry == intent.retry
    assert deploy(restarted, disk, OLD)[-1] == (HostState.SERVING, Idle())


def test_a_way_back_that_is_stuck_in_its_drain_goes_on_without_an_undrain_after_a_restart() -> None:
    stuck = after_failure(way_back(HostState.DRAINING), Drain(), FLIPPED, "no")
    assert decide(recover(stuck, FLIPPED), FLIPPED, OLD)[1] == Drain()


@pytest.mark.parametrize("state", [HostState.DRAINING, HostState.SWITCHING, HostState.WARMING])
def test_a_host_whose_hook_fails_still_obeys_a_newer_target(state: HostState) -> None:
    disk = BOTH if state is HostState.WARMING else FLIPPED
    act = decide(way_back(state, healthy=state is not HostState.WARMING), disk, OLD)[1]
    stuck = after_failure(way_back(state, healthy=state is not HostState.WARMING), act, disk, "no")
    assert deploy(stuck, disk, THIRD)[-1] == (HostState.SERVING, Idle())
    assert deploy(stuck, disk, NEW)[-1] == (HostState.SERVING, Idle())


def test_a_host_whose_undrain_fails_leaves_a_bad_build_without_serving_it() -> None:
    stuck = after_failure(moving(HostState.WARMING, good=(NEW, OLD)), Undrain(), FLIPPED, "no")
    assert [act for _, act in deploy(stuck, FLIPPED, OLD)] == [Drain(), Flip(OLD), Warm(), Undrain(), Idle()]


def test_a_revert_to_a_good_build_is_retried_and_the_bad_one_stays_refused() -> None:
    reverting = moving(HostState.REVERTING, failed=NEW, healthy=False, good=(OLD,))
    stuck = after_failure(reverting, Warm(), BOTH, "boom")
    assert (stuck.state, stuck.failed) == (HostState.REVERTING, NEW)
    assert decide(stuck, BOTH, NEW)[1] == Warm()
    assert deploy(stuck, BOTH, NEW)[-1] == (HostState.FAILED, Idle())


def test_a_revert_pulls_the_good_build_if_its_slot_is_gone() -> None:
    reverting = moving(HostState.REVERTING, failed=NEW, healthy=False, good=(OLD,))
    assert deploy(reverting, Disk(hot=NEW), NEW) == [
        (HostState.REVERTING, PullBuild(OLD)),
        (HostState.REVERTING, Flip(OLD)),
        (HostState.REVERTING, Warm()),
        (HostState.REVERTING, Undrain()),
        (HostState.FAILED, Idle()),
    ]


def test_a_good_build_that_an_older_agent_refused_is_tried_again_after_a_restart() -> None:
    refused = Intent(HostState.FAILED, serial=3, wanted=OLD, last_good=OLD, failed=OLD, healthy=True)
    assert decide(recover(refused, FLIPPED), FLIPPED, OLD)[1] == Drain()


def test_builds_that_were_healthy_here_are_remembered_within_a_bound() -> None:
    intent = Intent(HostState.SERVING, wanted="0", healthy=True)
    for number in range(1, 20):
        _, act = decide(intent, Disk(hot=str(number - 1), cold=(str(number),)), str(number))
        intent = replace(decide(intent, Disk(str(number - 1), (str(number),)), str(number))[0], healthy=False)
        assert act == Drain()
        intent = after_success(replace(intent, state=HostState.WARMING), Warm())
        intent = replace(intent, state=HostState.SERVING, drained=False)
    assert intent.good == tuple(str(number) for number in range(19, 11, -1))


def test_a_lower_serial_is_refused_and_an_equal_one_is_obeyed() -> None:
    def at(serial: int) -> Target:
        return Target("canary", serial, NEW, "", EVERY_HOST, 100, "s", "r")

    intent = replace(SERVING_OLD, serial=7)
    assert obey(intent, at(6), "h") == (intent, "", "refused target 6 because target 7 was obeyed already")
    assert obey(intent, at(7), "h") == (intent, NEW, "")
    assert obey(intent, at(8), "h") == (replace(intent, serial=8), NEW, "")


def test_only_a_higher_serial_retries_a_failed_build() -> None:
    intent = Intent(HostState.FAILED, serial=2, failed=NEW, detail="boom", healthy=True)
    same, desired, _ = obey(intent, Target("canary", 2, NEW, "", EVERY_HOST, 100, "s", "r"), "h")
    assert decide(same, Disk(hot=OLD), desired)[1] == Idle()
    higher, desired, _ = obey(intent, Target("canary", 3, NEW, "", EVERY_HOST, 100, "s", "r"), "h")
    assert (higher.failed, higher.detail) == ("", "")
    assert decide(higher, Disk(hot=OLD), desired)[1] == PullBuild(NEW)


def test_a_host_beyond_the_cutoff_runs_the_base_or_keeps_its_build() -> None:
    beyond = Target("canary", 2, NEW, OLD, NO_HOST, 0, "s", "r")
    assert obey(SERVING_OLD, beyond, "h")[1] == OLD
    assert obey(SERVING_OLD, replace(beyond, base=""), "h")[1] == ""


def test_a_removed_target_after_a_failure_changes_nothing() -> None:
    intent = Intent(HostState.FAILED, serial=2, failed=NEW, healthy=True)
    assert decide(intent, Disk(hot=OLD), "") == (intent, Idle())
    serving = replace(intent, state=HostState.SERVING)
    assert decide(serving, Disk(hot=OLD), "") == (serving, Idle())


def test_after_a_kill_while_pulling_the_host_pulls_again() -> None:
    intent = recover(moving(HostState.PULLING, drained=False), Disk(hot=OLD))
    assert decide(intent, Disk(hot=OLD), NEW)[1] == PullBuild(NEW)


def test_after_a_kill_while_prepared_the_host_continues() -> None:
    intent = recover(moving(HostState.PREPARED, drained=False), BOTH)
    assert decide(intent, BOTH, NEW)[1] == Drain()


def test_after_a_kill_while_draining_the_host_undrains_and_drains_again() -> None:
    acts = [act for _, act in deploy(recover(moving(HostState.DRAINING), BOTH), BOTH, NEW)]
    assert acts[:3] == [Undrain(), Drain(), Flip(NEW)]


def test_after_a_kill_before_the_flip_the_host_undrains() -> None:
    intent = recover(moving(HostState.SWITCHING), BOTH)
    assert (intent.state, decide(intent, BOTH, "")[1]) == (HostState.PREPARED, Undrain())


def test_after_a_kill_after_the_flip_the_host_warms() -> None:
    intent = recover(moving(HostState.SWITCHING), FLIPPED)
    assert (intent.state, decide(intent, FLIPPED, "")[1]) == (HostState.WARMING, Warm())


def test_after_a_kill_while_warming_or_reverting_the_host_repeats_it() -> None:
    for state, disk, act in (
        (HostState.WARMING, FLIPPED, Warm()),
        (HostState.REVERTING, FLIPPED, Flip(OLD)),
        (HostState.REVERTING, BOTH, Warm()),
    ):
        intent = moving(state, healthy=False)
        assert decide(recover(intent, disk), disk, "") == (intent, act)


def test_after_a_kill_before_the_undrain_the_host_undrains() -> None:
    intent = recover(moving(HostState.WARMING), FLIPPED)
    assert decide(intent, FLIPPED, "")[1] == Undrain()


def test_a_failed_host_is_tried_once_more_when_its_agent_restarts() -> None:
    stuck = moving(HostState.FAILED, failed=NEW, healthy=False)
    assert decide(recover(stuck, BOTH), BOTH, NEW)[1] == Warm()


def test_after_a_kill_in_a_first_install_the_host_flips() -> None:
    intent = recover(moving(HostState.SWITCHING, previous="", healthy=False), Disk(cold=(NEW,)))
    assert decide(intent, Disk(cold=(NEW,)), NEW)[1] == Flip(NEW)


def test_a_host_without_its_intent_checks_the_hot_build_before_it_serves() -> None:
    intent = recover(Intent(), Disk(hot=OLD))
    assert (intent.wanted, intent.previous, intent.drained, intent.healthy) == (OLD, "", True, False)
    assert deploy(intent, Disk(hot=OLD), "") == [
        (HostState.WARMING, Warm()),
        (HostState.WARMING, Undrain()),
        (HostState.SERVING, Idle()),
    ]


def test_the_build_that_served_before_is_kept_for_a_rollback() -> None:
    intent = after_success(moving(HostState.WARMING, last_good=THIRD, healthy=False), Warm())
    assert builds_to_keep(replace(intent, drained=False)) == (OLD, OLD)


def test_an_unhealthy_build_is_not_kept_and_the_last_good_one_is() -> None:
    intent = after_success(moving(HostState.REVERTING, last_good=THIRD, failed=NEW, healthy=False), Warm())
    assert builds_to_keep(replace(intent, drained=False)) == (THIRD, OLD)


def test_a_failed_host_has_a_slot_for_a_build_that_repairs_it() -> None:
    stuck = moving(HostState.FAILED, last_good=THIRD, failed=NEW, healthy=False)
    assert builds_to_keep(stuck) == (OLD,)


def test_without_its_turn_a_host_stays_in_its_load_balancer() -> None:
    intent, act = decide(replace(SERVING_OLD, serial=2), BOTH, NEW, permitted=False)
    assert (intent.state, intent.drained, act) == (HostState.PREPARED, False, WaitForTurn())
    assert after_success(intent, act) == intent
    assert decide(intent, BOTH, NEW, permitted=False) == (intent, WaitForTurn())
    assert decide(intent, BOTH, NEW, permitted=True)[1] == Drain()
    assert decide(intent, BOTH, OLD, permitted=False)[1] == Idle()


def test_a_host_that_is_out_or_serves_nothing_needs_no_turn() -> None:
    stuck = moving(HostState.FAILED, failed="", healthy=False)
    assert decide(stuck, BOTH, NEW, permitted=False)[1] == Drain()
    assert decide(moving(HostState.DRAINING), BOTH, NEW, permitted=False)[1] == Drain()
    assert decide(moving(HostState.WARMING, healthy=False), FLIPPED, NEW, permitted=False)[1] == Warm()
    assert decide(Intent(), Disk(cold=(NEW,)), NEW, permitted=False)[1] == Flip(NEW)


def test_an_idle_host_prefetches_the_expected_build() -> None:
    for desired in (OLD, ""):
        assert decide(SERVING_OLD, Disk(OLD), desired, expected=NEW) == (SERVING_OLD, Prefetch(NEW))
    assert after_success(SERVING_OLD, Prefetch(NEW)) == SERVING_OLD
    assert decide(SERVING_OLD, BOTH, OLD, expected=NEW)[1] == Idle()
    assert decide(SERVING_OLD, BOTH, OLD, expected=OLD)[1] == Idle()
    assert decide(replace(SERVING_OLD, failed=NEW), Disk(OLD), OLD, expected=NEW)[1] == Idle()


def test_a_cold_slot_is_checked_before_the_host_leaves_its_balancer() -> None:
    unchecked = Disk(NEW, (OLD,), unchecked=(OLD,))
    intent, act = decide(way_back(HostState.SERVING, drained=False), unchecked, OLD)
    assert (intent.state, intent.drained, act) == (HostState.PREPARED, False, CheckSlot(OLD))
    assert after_success(intent, act) == intent
    assert decide(intent, FLIPPED, OLD)[1] == Drain()
    assert decide(intent, Disk(hot=NEW), OLD)[1] == PullBuild(OLD)
    failed = after_failure(intent, act, unchecked, "no", 1.0)
    assert (failed.state, failed.failed, failed.retry) == (HostState.PREPARED, "", Retry(1.0, 1, "no"))


def test_an_idle_host_pulls_the_build_to_return_to_if_its_slot_is_gone() -> None:
    intent = replace(SERVING_OLD, last_good=THIRD)
    assert decide(intent, Disk(OLD), OLD)[1] == Prefetch(THIRD)
    assert decide(intent, Disk(OLD), OLD, skipped=(THIRD,), expected=NEW)[1] == Prefetch(NEW)
    assert decide(intent, Disk(OLD, (THIRD,)), OLD)[1] == Idle()


def test_long_work_is_wanted_as_long_as_its_build_is() -> None:
    for act in (PullBuild(NEW), CheckSlot(NEW)):
        assert is_wanted(SERVING_OLD, act, OLD, NEW, "")
        assert not is_wanted(SERVING_OLD, act, OLD, THIRD, "")
        assert is_wanted(moving(HostState.REVERTING, previous=NEW), act, THIRD, OLD, "")
    ahead = replace(SERVING_OLD, last_good=THIRD)
    assert [is_wanted(ahead, Prefetch(build), OLD, OLD, NEW) for build in (OLD, NEW, THIRD)] == [True, True, True]
    assert not is_wanted(ahead, Prefetch(NEW), OLD, OLD, "")
    assert not is_wanted(ahead, Prefetch(THIRD), OLD, NEW, "")
    assert is_wanted(ahead, Prefetch(NEW), OLD, NEW, "")


def test_the_desired_build_comes_before_the_expected_one() -> None:
    assert decide(SERVING_OLD, Disk(OLD), THIRD, expected=NEW)[1] == PullBuild(THIRD)
    assert decide(SERVING_OLD, BOTH, NEW, expected=THIRD)[1] == Drain()
    assert decide(moving(HostState.WARMING), FLIPPED, NEW, expected=THIRD)[1] == Undrain()
    assert decide(Intent(), Disk(), "", expected=NEW)[1] == Idle()
