"""Incidents of a release, from its log and its traffic."""

from msgspec.structs import replace

from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AnyFact,
    Call,
    Held,
    Judged,
    Regressed,
    Restored,
    Resumed,
    RevertAsked,
    Reverted,
    RolledBack,
)
from cockpit.deploy.release import Release
from cockpit.rules.record.incidents import incidents
from tests.builders import ADA, FIXED, NEW, OLD, POLICY, PULLS
from tests.recorded_releases import NOON, clean, hotfixed, pages, recorded_release, rolled_back


def test_a_rollback_is_measured_from_the_first_recorded_errors() -> None:
    (incident,) = incidents(rolled_back(), POLICY, pages())
    assert incident.reached == {"dogfood", "canary"}
    assert incident.errors_began == NOON + 130
    assert incident.detected_by.what == Judged(
        2, NEW.id, Call.ROLL_BACK, "canary 20.0 % (40 of 200) vs old hosts 1.00 %"
    )
    assert (incident.time_to_detect, incident.time_to_restore) == (20.0, 35.0)
    assert incident.harm
    assert incident.harm.excess_errors == 38  # 40 of 160, of which 1 % would have failed anyway


def test_without_traffic_it_is_measured_from_the_step_and_the_harm_is_unknown() -> None:
    (incident,) = incidents(rolled_back(), POLICY)
    assert incident.errors_began is None
    assert (incident.time_to_detect, incident.time_to_restore) == (130.0, 145.0)
    assert incident.harm is None


def test_an_unrecorded_restoration_is_unknown() -> None:
    (incident,) = incidents(hotfixed(), POLICY)
    assert (incident.time_to_detect, incident.time_to_restore, incident.tiers) == (30.0, None, ("dogfood",))
    (incident,) = incidents(hotfixed(restored=True), POLICY)
    assert incident.time_to_restore == 64.0


def test_a_clean_release_a_hold_and_an_abandoned_cut_are_no_incidents() -> None:
    assert incidents(clean(), POLICY, pages()) == ()
    held = recorded_release("r", (0, Held(), ADA, "lunch"), (9, Resumed(), ADA, ""), (10, Abandoned(), ADA, ""))
    assert incidents(held, POLICY) == ()


def test_a_build_that_only_staging_ran_has_no_time_to_detect() -> None:
    before = hotfixed().events
    facts = [(event.at - NOON, event.what) for event in before if not isinstance(event.what, Advanced)]
    (incident,) = incidents(recorded_release("r", *facts), POLICY)
    assert (incident.time_to_detect, incident.time_to_restore, incident.harm) == (None, None, None)


def after_rollback(*more: tuple[float, AnyFact]) -> Release:
    """The rollback at canary, its restoration, and what follows."""
    before = [(event.at - NOON, event.what) for event in rolled_back().events]
    return recorded_release("2026-11-23.3", *before, *more)


def test_a_rollback_and_the_revert_that_follows_are_one_incident() -> None:
    (alone,) = incidents(after_rollback(), POLICY, pages())
    reverted = Reverted(33, ("a" * 40,), (FIXED.commit,), "t")
    (incident,) = incidents(after_rollback((300, RevertAsked(PULLS[2])), (310, reverted)), POLICY, pages())
    assert incident == alone
    for ended in (Abandoned(), Abandoned(("dogfood", "canary", "production"))):
        assert incidents(after_rollback((300, RevertAsked(PULLS[2])), (310, ended)), POLICY, pages()) == (alone,)


def test_the_same_build_that_fails_again_is_a_second_incident_with_its_own_time() -> None:
    again = (
        (200.0, Resumed()),
        (201.0, Advanced(0, "staging", NEW.id)),
        (210.0, Advanced(1, "dogfood", NEW.id)),
        (240.0, RolledBack(OLD.id, ("dogfood",))),
        (250.0, Restored(("dogfood",), NEW.id, NOON + 249)),
    )
    first, second = incidents(after_rollback(*again), POLICY, pages())
    assert (first,) == incidents(after_rollback(), POLICY, pages())
    assert (second.since, second.restored) == (NOON + 210, NOON + 249)
    assert second.reached == {"dogfood"}


def test_a_build_that_returns_before_its_hosts_were_back_is_the_same_incident() -> None:
    facts = [(event.at - NOON, event.what) for event in rolled_back().events if not isinstance(event.what, Restored)]
    again = ((201.0, Advanced(1, "dogfood", NEW.id)), (240.0, RolledBack(OLD.id, ("dogfood",))))
    (incident,) = incidents(recorded_release("r", *facts, *again), POLICY)
    assert incident.since == NOON + 20


def test_a_restoration_before_the_first_errors_took_no_time() -> None:
    (incident,) = incidents(rolled_back(), POLICY, pages())
    assert replace(incident, restored=NOON + 120).time_to_restore == 0.0


def test_a_release_that_is_rolled_back_after_its_finish_was_detected_by_the_watch() -> None:
    bad = Regressed("2026-11-23.5", NEW.id, "production", Call.ROLL_BACK, "6 % fail")
    other = Regressed("2026-11-23.4", OLD.id, "production", Call.HOLD, "2 % fail")
    before = [(event.at - NOON, event.what) for event in clean().events]
    late = ((900.0, other), (1000.0, bad), (1030.0, RolledBack(OLD.id, ("production",))))
    (incident,) = incidents(recorded_release("2026-11-23.5", *before, *late), POLICY)
    assert incident.detected_by.what == bad
