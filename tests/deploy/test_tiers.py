from cockpit.deploy.cutoff import EVERY_HOST, NO_HOST, cutoff, rank
from cockpit.deploy.tiers import Audience, Tier, label, permits
from tests.scenario import POLICY

HOSTS = tuple(f"web-{n}" for n in range(10))


def chosen(salt: str, percent: int, hosts: tuple[str, ...] = HOSTS) -> set[str]:
    limit = cutoff(salt, hosts, percent)
    return {host for host in hosts if rank(salt, host) <= limit}


def test_the_share_is_exact_in_a_small_fleet() -> None:
    assert [len(chosen("r1", percent)) for percent in (0, 1, 10, 25, 50, 75, 100)] == [0, 1, 1, 3, 5, 8, 10]


def test_a_larger_share_holds_the_smaller_one() -> None:
    for percent in range(100):
        assert chosen("r1", percent) <= chosen("r1", percent + 1)


def test_releases_take_different_hosts_first() -> None:
    assert len({frozenset(chosen(f"r{n}", 10)) for n in range(40)}) > 5


def test_at_100_per_cent_a_host_nobody_knew_of_is_in() -> None:
    assert cutoff("r1", HOSTS, 100) == EVERY_HOST >= rank("r1", "brand-new")


def test_nobody_is_in_an_empty_share_or_fleet() -> None:
    assert cutoff("r1", HOSTS, 0) == cutoff("r1", (), 50) == NO_HOST


def test_a_step_is_called_by_its_tier_unless_the_tier_is_taken_in_parts() -> None:
    labels = [label(POLICY.ladder, rung) for rung in range(len(POLICY.ladder))]
    assert labels[:4] == ["staging", "dogfood", "canary", "production 10 %"]
    assert labels[-1] == "production 100 %"


def test_how_many_hosts_may_be_out_is_a_count_or_a_share_and_one_at_least() -> None:
    def bound(most: int | str, hosts: int) -> int:
        return permits(Tier("t", Audience.PUBLIC, max_unavailable=most), hosts)

    assert [bound("25%", hosts) for hosts in (1, 4, 10, 10_000)] == [1, 1, 2, 2_500]
    assert bound("100 %", 7) == 7
    assert bound(3, 100) == 3
    assert [bound(bad, 10) for bad in (0, -1, "0%", "101%", "many", "", "25")] == [0] * 7
