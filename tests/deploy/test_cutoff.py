"""The cutoff selects an exact share of a tier's hosts."""

from cockpit.deploy.cutoff import EVERY_HOST, NO_HOST, cutoff, rank

HOSTS = tuple(f"web-{n}" for n in range(10))


def chosen(salt: str, percent: int, hosts: tuple[str, ...] = HOSTS) -> set[str]:
    limit = cutoff(salt, hosts, percent)
    return {host for host in hosts if rank(salt, host) <= limit}


def test_the_share_is_exact_in_a_small_fleet() -> None:
    assert [len(chosen("r1", percent)) for percent in (0, 1, 10, 25, 50, 75, 100)] == [0, 1, 1, 3, 5, 8, 10]


def test_a_larger_share_includes_the_smaller_one() -> None:
    for percent in range(100):
        assert chosen("r1", percent) <= chosen("r1", percent + 1)


def test_releases_take_different_hosts_first() -> None:
    assert len({frozenset(chosen(f"r{n}", 10)) for n in range(40)}) > 5


def test_an_unknown_host_is_included_at_100_percent() -> None:
    assert cutoff("r1", HOSTS, 100) == EVERY_HOST >= rank("r1", "brand-new")


def test_an_empty_share_or_fleet_has_no_hosts() -> None:
    assert cutoff("r1", HOSTS, 0) == cutoff("r1", (), 50) == NO_HOST
