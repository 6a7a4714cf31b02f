from cockpit.deploy.facts import Abandoned, Advanced, Call, Held, Judged, Resumed
from cockpit.rules.record.incidents import incidents
from tests.builders import ADA, NEW, POLICY
from tests.recorded import NOON, clean, hotfixed, log, pages, rolled_back


def test_a_rollback_is_measured_from_the_first_errors_on_record() -> None:
    (one,) = incidents(rolled_back(), POLICY, pages())
    assert one.reached == {"dogfood", "canary"}
    assert one.errors_began == NOON + 130
    assert one.detected_by.what == Judged(2, NEW.id, Call.ROLL_BACK, "canary 20.0 % (40 of 200) vs old hosts 1.00 %")
    assert (one.time_to_detect, one.time_to_restore) == (20.0, 35.0)
    assert one.harm
    assert one.harm.excess_errors == 38  # 40 of 160, of which 1 % would have failed anyway


def test_without_the_traffic_it_is_measured_from_the_step_and_the_harm_is_unknown() -> None:
    (one,) = incidents(rolled_back(), POLICY)
    assert one.errors_began is None
    assert (one.time_to_detect, one.time_to_restore) == (130.0, 145.0)
    assert one.harm is None


def test_a_restoration_that_was_not_recorded_is_unknown() -> None:
    (one,) = incidents(hotfixed(), POLICY)
    assert (one.time_to_detect, one.time_to_restore, one.tiers) == (30.0, None, ("dogfood",))
    (one,) = incidents(hotfixed(restored=True), POLICY)
    assert one.time_to_restore == 64.0


def test_a_clean_release_a_hold_and_an_abandoned_cut_are_none() -> None:
    assert incidents(clean(), POLICY, pages()) == ()
    calm = log("r", (0, Held(), ADA, "lunch"), (9, Resumed(), ADA, ""), (10, Abandoned(), ADA, ""))
    assert incidents(calm, POLICY) == ()


def test_what_nobody_but_staging_ever_had_has_no_time_to_detect() -> None:
    before = hotfixed().events
    facts = [(event.at - NOON, event.what) for event in before if not isinstance(event.what, Advanced)]
    (one,) = incidents(log("r", *facts), POLICY)
    assert (one.time_to_detect, one.time_to_restore, one.harm) == (None, None, None)
