"""Each state, and what happened there."""

from msgspec.structs import replace

from cockpit.agent.intent import Intent
from cockpit.agent.reconcile import (
    Act,
    Disk,
    Drain,
    Flip,
    Idle,
    Prefetch,
    PullBuild,
    TakePermit,
    Undrain,
    Warm,
    decide,
    done,
    failed,
    obeying,
    recovered,
    to_keep,
)
from cockpit.deploy.cutoff import EVERY_HOST, NO_HOST
from cockpit.deploy.hosts.status import HostState, Target

OLD, NEW, THIRD = "a" * 64, "b" * 64, "c" * 64
SERVING_OLD = Intent(HostState.SERVING, serial=1, wanted=OLD, healthy=True)
BOTH = Disk(hot=OLD, cold=(NEW,))
FLIPPED = Disk(hot=NEW, cold=(OLD,))


def moving(state: HostState, **fields: object) -> Intent:
    """A host on its way from OLD to NEW."""
    known = {"serial": 2, "wanted": NEW, "previous": OLD, "drained": True, "healthy": True, **fields}
    return replace(Intent(state), **known)


def deploy(intent: Intent, disk: Disk, wish: str) -> list[tuple[HostState, Act]]:
    """Every step until it rests, all going well on a perfect disk."""
    steps = []
    for _ in range(20):
        intent, act = decide(intent, disk, wish)
        steps.append((intent.state, act))
        match act:
            case Idle():
                return steps
            case PullBuild(build):
                disk = replace_disk(disk, cold=(build,))
            case Flip(build):
                assert build in disk.cold
                disk = Disk(hot=build, cold=(disk.hot,) if disk.hot else ())
            case _:
                pass
        intent = done(intent, act)
    raise AssertionError("it never rests")


def replace_disk(disk: Disk, cold: tuple[str, ...]) -> Disk:
    return Disk(disk.hot, cold)


def test_a_deploy_pulls_drains_flips_warms_and_undrains() -> None:
    assert deploy(SERVING_OLD, Disk(hot=OLD), NEW) == [
        (HostState.PULLING, PullBuild(NEW)),
        (HostState.DRAINING, Drain()),
        (HostState.SWITCHING, Flip(NEW)),
        (HostState.WARMING, Warm()),
        (HostState.WARMING, Undrain()),
        (HostState.SERVING, Idle()),
    ]


def test_going_back_to_the_build_in_the_cold_slot_pulls_nothing() -> None:
    assert PullBuild(OLD) not in [act for _, act in deploy(replace(SERVING_OLD, wanted=NEW), FLIPPED, OLD)]


def test_a_first_install_has_nothing_to_drain() -> None:
    acts = [act for _, act in deploy(Intent(), Disk(), NEW)]
    assert acts == [PullBuild(NEW), Flip(NEW), Warm(), Undrain(), Idle()]


def test_no_instruction_leaves_a_host_as_it_is() -> None:
    assert decide(Intent(), Disk(), "") == (Intent(), Idle())
    assert decide(SERVING_OLD, BOTH, "") == (SERVING_OLD, Idle())


def test_a_pull_ends_when_the_instruction_goes_away() -> None:
    intent, act = decide(moving(HostState.PULLING, drained=False), Disk(hot=OLD), "")
    assert (intent.state, act) == (HostState.SERVING, Idle())


def test_a_host_that_serves_what_is_wanted_rests() -> None:
    assert decide(SERVING_OLD, BOTH, OLD) == (SERVING_OLD, Idle())


def test_a_pull_that_failed_for_good_leaves_production_alone_and_is_not_tried_again() -> None:
    intent = failed(moving(HostState.PULLING, drained=False), PullBuild(NEW), Disk(hot=OLD), "it is corrupt")
    assert (intent.state, intent.failed, intent.detail) == (HostState.FAILED, NEW, "it is corrupt")
    assert decide(intent, Disk(hot=OLD), NEW) == (intent, Idle())


def test_a_newer_target_is_obeyed_instead_of_the_one_being_prepared() -> None:
    for state in (HostState.PULLING, HostState.PREPARED):
        intent, act = decide(moving(state, drained=False), BOTH, THIRD)
        assert (intent.state, act) == (HostState.PULLING, PullBuild(THIRD))


def test_a_newer_target_that_arrives_while_draining_is_obeyed_after_the_drain() -> None:
    draining = moving(HostState.DRAINING)
    assert decide(draining, BOTH, OLD) == (draining, Drain())
    assert deploy(done(draining, Drain()), BOTH, OLD) == [
        (HostState.PREPARED, Undrain()),
        (HostState.SERVING, Idle()),
    ]


def test_a_newer_target_that_arrives_while_warming_is_obeyed_once_the_host_serves_again() -> None:
    acts = [act for _, act in deploy(moving(HostState.WARMING, healthy=False), FLIPPED, OLD)]
    assert acts == [Warm(), Undrain(), Drain(), Flip(OLD), Warm(), Undrain(), Idle()]


def test_a_host_that_cannot_be_drained_is_undrained_and_failed() -> None:
    intent = failed(moving(HostState.DRAINING), Drain(), BOTH, "no")
    assert deploy(intent, BOTH, NEW) == [(HostState.REVERTING, Undrain()), (HostState.FAILED, Idle())]


def test_a_flip_that_fails_before_the_rename_is_undrained_and_failed() -> None:
    intent = failed(moving(HostState.SWITCHING), Flip(NEW), BOTH, "no")
    assert deploy(intent, BOTH, NEW) == [(HostState.REVERTING, Undrain()), (HostState.FAILED, Idle())]


def test_a_build_that_is_not_well_goes_back_and_is_refused() -> None:
    intent = failed(moving(HostState.WARMING, healthy=False), Warm(), FLIPPED, "exit 1: boom")
    assert intent.failed == NEW
    assert "boom" in intent.detail
    assert deploy(intent, FLIPPED, NEW) == [
        (HostState.REVERTING, Flip(OLD)),
        (HostState.REVERTING, Warm()),
        (HostState.REVERTING, Undrain()),
        (HostState.FAILED, Idle()),
    ]


def test_after_going_back_a_target_for_the_build_that_serves_is_met() -> None:
    intent = failed(moving(HostState.WARMING, healthy=False), Warm(), FLIPPED, "boom")
    assert deploy(intent, FLIPPED, OLD)[-1] == (HostState.SERVING, Idle())


def test_when_going_back_fails_too_the_host_stays_drained_and_says_so() -> None:
    reverting = moving(HostState.REVERTING, failed=NEW, healthy=False)
    intent = failed(reverting, Warm(), BOTH, "boom")
    assert (intent.state, intent.drained) == (HostState.FAILED, True)
    assert "stays drained" in intent.detail
    assert decide(intent, BOTH, NEW) == (intent, Idle())
    assert decide(intent, BOTH, "")[1] == Idle()


def test_a_stuck_host_goes_on_with_a_higher_target() -> None:
    stuck = moving(HostState.FAILED, failed=NEW, healthy=False, detail="stuck")
    for wish, first in ((THIRD, PullBuild(THIRD)), (NEW, Drain()), (OLD, Warm())):
        target = Target("canary", 3, wish, "", EVERY_HOST, 100, "s", "r")
        intent, wished, _ = obeying(stuck, target, "h")
        assert intent.detail == "stuck"
        intent, act = decide(intent, BOTH, wished)
        assert act == first
        assert not isinstance(act, Undrain)


def test_a_first_build_that_is_not_well_has_nothing_to_go_back_to() -> None:
    first = moving(HostState.WARMING, previous="", healthy=False)
    intent = failed(first, Warm(), Disk(hot=NEW), "boom")
    assert (intent.state, intent.failed, intent.drained) == (HostState.FAILED, NEW, True)
    assert decide(recovered(intent, Disk(hot=NEW)), Disk(hot=NEW), NEW)[1] == Idle()
    again, wish, _ = obeying(intent, Target("canary", 9, NEW, "", EVERY_HOST, 100, "s", "r"), "h")
    assert decide(again, Disk(hot=NEW), wish)[1] == Warm()


def test_an_undrain_that_fails_is_tried_again_and_the_host_does_not_count_as_serving() -> None:
    intent = moving(HostState.WARMING)
    after = failed(intent, Undrain(), FLIPPED, "no")
    assert decide(after, FLIPPED, NEW) == (intent, Undrain())


def test_a_lower_serial_is_refused_and_an_equal_one_is_obeyed() -> None:
    def at(serial: int) -> Target:
        return Target("canary", serial, NEW, "", EVERY_HOST, 100, "s", "r")

    intent = replace(SERVING_OLD, serial=7)
    assert obeying(intent, at(6), "h") == (intent, "", "refused target 6 because 7 was obeyed already")
    assert obeying(intent, at(7), "h") == (intent, NEW, "")
    assert obeying(intent, at(8), "h") == (replace(intent, serial=8), NEW, "")


def test_only_a_higher_serial_makes_a_failed_build_be_tried_again() -> None:
    intent = Intent(HostState.FAILED, serial=2, failed=NEW, detail="boom", healthy=True)
    same, wish, _ = obeying(intent, Target("canary", 2, NEW, "", EVERY_HOST, 100, "s", "r"), "h")
    assert decide(same, Disk(hot=OLD), wish)[1] == Idle()
    higher, wish, _ = obeying(intent, Target("canary", 3, NEW, "", EVERY_HOST, 100, "s", "r"), "h")
    assert (higher.failed, higher.detail) == ("", "")
    assert decide(higher, Disk(hot=OLD), wish)[1] == PullBuild(NEW)


def test_hosts_beyond_the_cutoff_run_the_base_or_stay() -> None:
    beyond = Target("canary", 2, NEW, OLD, NO_HOST, 0, "s", "r")
    assert obeying(SERVING_OLD, beyond, "h")[1] == OLD
    assert obeying(SERVING_OLD, replace(beyond, base=""), "h")[1] == ""


def test_a_missing_target_after_a_failure_changes_nothing() -> None:
    intent = Intent(HostState.FAILED, serial=2, failed=NEW, healthy=True)
    assert decide(intent, Disk(hot=OLD), "") == (intent, Idle())
    serving = replace(intent, state=HostState.SERVING)
    assert decide(serving, Disk(hot=OLD), "") == (serving, Idle())


def test_killed_while_pulling_it_pulls_again() -> None:
    intent = recovered(moving(HostState.PULLING, drained=False), Disk(hot=OLD))
    assert decide(intent, Disk(hot=OLD), NEW)[1] == PullBuild(NEW)


def test_killed_while_prepared_it_goes_on() -> None:
    intent = recovered(moving(HostState.PREPARED, drained=False), BOTH)
    assert decide(intent, BOTH, NEW)[1] == Drain()


def test_killed_while_draining_it_undrains_and_starts_the_drain_anew() -> None:
    acts = [act for _, act in deploy(recovered(moving(HostState.DRAINING), BOTH), BOTH, NEW)]
    assert acts[:3] == [Undrain(), Drain(), Flip(NEW)]


def test_killed_before_the_flip_it_undrains() -> None:
    intent = recovered(moving(HostState.SWITCHING), BOTH)
    assert (intent.state, decide(intent, BOTH, "")[1]) == (HostState.PREPARED, Undrain())


def test_killed_after_the_flip_it_warms() -> None:
    intent = recovered(moving(HostState.SWITCHING), FLIPPED)
    assert (intent.state, decide(intent, FLIPPED, "")[1]) == (HostState.WARMING, Warm())


def test_killed_while_warming_or_reverting_it_runs_that_again() -> None:
    for state, disk, act in (
        (HostState.WARMING, FLIPPED, Warm()),
        (HostState.REVERTING, FLIPPED, Flip(OLD)),
        (HostState.REVERTING, BOTH, Warm()),
    ):
        intent = moving(state, healthy=False)
        assert decide(recovered(intent, disk), disk, "") == (intent, act)


def test_killed_before_the_undrain_it_undrains() -> None:
    intent = recovered(moving(HostState.WARMING), FLIPPED)
    assert decide(intent, FLIPPED, "")[1] == Undrain()


def test_a_stuck_host_is_tried_once_more_when_its_agent_starts_anew() -> None:
    stuck = moving(HostState.FAILED, failed=NEW, healthy=False)
    assert decide(recovered(stuck, BOTH), BOTH, NEW)[1] == Warm()


def test_killed_in_a_first_install_before_the_flip_it_flips() -> None:
    intent = recovered(moving(HostState.SWITCHING, previous="", healthy=False), Disk(cold=(NEW,)))
    assert decide(intent, Disk(cold=(NEW,)), NEW)[1] == Flip(NEW)


def test_a_host_whose_intent_is_lost_proves_what_is_hot_before_it_serves() -> None:
    intent = recovered(Intent(), Disk(hot=OLD))
    assert deploy(intent, Disk(hot=OLD), "") == [
        (HostState.WARMING, Warm()),
        (HostState.WARMING, Undrain()),
        (HostState.SERVING, Idle()),
    ]


def test_the_build_that_served_before_is_kept_for_a_rollback() -> None:
    intent = done(moving(HostState.WARMING, kept=THIRD, healthy=False), Warm())
    assert to_keep(replace(intent, drained=False)) == (OLD, OLD)


def test_a_build_that_was_not_well_is_not_kept_and_the_one_before_the_old_one_is() -> None:
    intent = done(moving(HostState.REVERTING, kept=THIRD, failed=NEW, healthy=False), Warm())
    assert to_keep(replace(intent, drained=False)) == (THIRD, OLD)


def test_a_stuck_host_has_room_for_a_build_that_mends_it() -> None:
    stuck = moving(HostState.FAILED, kept=THIRD, failed=NEW, healthy=False)
    assert to_keep(stuck) == (OLD,)


def test_without_a_permit_a_host_stays_in_its_load_balancer() -> None:
    intent, act = decide(replace(SERVING_OLD, serial=2), BOTH, NEW, permitted=False)
    assert (intent.state, intent.drained, act) == (HostState.PREPARED, False, TakePermit())
    assert done(intent, act) == intent
    assert decide(intent, BOTH, NEW, permitted=False) == (intent, TakePermit())
    assert decide(intent, BOTH, NEW, permitted=True)[1] == Drain()
    assert decide(intent, BOTH, OLD, permitted=False)[1] == Idle()


def test_a_host_that_is_out_already_and_one_that_serves_nothing_need_no_permit() -> None:
    stuck = moving(HostState.FAILED, failed="", healthy=False)
    assert decide(stuck, BOTH, NEW, permitted=False)[1] == Drain()
    assert decide(moving(HostState.DRAINING), BOTH, NEW, permitted=False)[1] == Drain()
    assert decide(moving(HostState.WARMING, healthy=False), FLIPPED, NEW, permitted=False)[1] == Warm()
    assert decide(Intent(), Disk(cold=(NEW,)), NEW, permitted=False)[1] == Flip(NEW)


def test_a_host_at_rest_brings_in_what_it_may_be_asked_for_next() -> None:
    for wish in (OLD, ""):
        assert decide(SERVING_OLD, Disk(OLD), wish, ahead=NEW) == (SERVING_OLD, Prefetch(NEW))
    assert done(SERVING_OLD, Prefetch(NEW)) == SERVING_OLD
    assert decide(SERVING_OLD, BOTH, OLD, ahead=NEW)[1] == Idle()
    assert decide(SERVING_OLD, BOTH, OLD, ahead=OLD)[1] == Idle()
    assert decide(replace(SERVING_OLD, failed=NEW), Disk(OLD), OLD, ahead=NEW)[1] == Idle()


def test_nothing_is_brought_in_ahead_of_what_is_asked_for_now() -> None:
    assert decide(SERVING_OLD, Disk(OLD), THIRD, ahead=NEW)[1] == PullBuild(THIRD)
    assert decide(SERVING_OLD, BOTH, NEW, ahead=THIRD)[1] == Drain()
    assert decide(moving(HostState.WARMING), FLIPPED, NEW, ahead=THIRD)[1] == Undrain()
    assert decide(Intent(), Disk(), "", ahead=NEW)[1] == Idle()
