from cockpit.deploy.tiers import Audience
from tests.scenario import POLICY


def test_an_unknown_tier_is_taken_to_serve_the_public() -> None:
    assert POLICY.tier("canary") is POLICY.tiers[2]
    assert POLICY.tier("unknown").serves is Audience.PUBLIC


def test_serving_tiers_are_those_with_users() -> None:
    assert [tier.name for tier in POLICY.serving_tiers] == ["dogfood", "canary", "production"]
