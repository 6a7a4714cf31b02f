from cockpit.deploy.tiers import Audience, Tier, label, most_unavailable
from tests.scenario import POLICY


def test_the_label_of_a_step_is_its_tier_and_the_percentage_if_it_is_split() -> None:
    labels = [label(POLICY.ladder, rung) for rung in range(len(POLICY.ladder))]
    assert labels[:4] == ["staging", "dogfood", "canary", "production 10 %"]
    assert labels[-1] == "production 100 %"


def test_the_bound_is_a_count_or_a_share_of_at_least_one() -> None:
    def bound(most: int | str, hosts: int) -> int:
        return most_unavailable(Tier("t", Audience.PUBLIC, max_unavailable=most), hosts)

    assert [bound("25%", hosts) for hosts in (1, 4, 10, 10_000)] == [1, 1, 2, 2_500]
    assert bound("100 %", 7) == 7
    assert bound(3, 100) == 3
    assert [bound(bad, 10) for bad in (0, -1, "0%", "101%", "many", "", "25")] == [0] * 7
