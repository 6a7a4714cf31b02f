"""Only a plan that takes most of the public to the new build asks for the release's number."""

from msgspec.structs import replace

from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience
from cockpit.rules.decisions import abandon, advance, roll_back
from cockpit.rules.decisions.blast_radius import number_in_day, widens_past_half
from tests.builders import ADA, POLICY, at_canary, at_production, soaking


def plan(decide: object, snapshot: Snapshot) -> Plan:
    assert callable(decide)
    made = decide(snapshot, CommandRequest(ADA, why="it must go out", override=True))
    assert isinstance(made, Plan)
    return made


def test_a_step_past_half_of_production_widens_and_one_up_to_half_does_not() -> None:
    taken = [widens_past_half(plan(advance, at_production(percent)), POLICY) for percent in (10, 25, 50, 75)]
    assert taken == [False, False, True, True]


def test_the_canary_does_not_count() -> None:
    assert not widens_past_half(plan(advance, at_canary()), POLICY)
    assert not widens_past_half(plan(advance, soaking()), POLICY)


def test_a_rollback_and_an_abandon_never_count() -> None:
    assert not widens_past_half(plan(roll_back, at_production(75)), POLICY)
    assert not widens_past_half(plan(abandon, at_production(75)), POLICY)


def test_a_last_tier_that_serves_the_company_is_not_production() -> None:
    inside = tuple(replace(tier, serves=Audience.COMPANY) for tier in POLICY.tiers)
    assert not widens_past_half(plan(advance, at_production(75)), replace(POLICY, tiers=inside))
    assert not widens_past_half(plan(advance, at_production(75)), replace(POLICY, ladder=()))


def test_the_number_of_a_release_is_its_last_part() -> None:
    assert number_in_day("2026-11-23.3") == "3"
