"""The load balancer's choice of tiers and hosts."""

from itertools import pairwise

from cockpit.demo.traffic.balancer import Balancer, Member, MemberState
from cockpit.demo.traffic.load import SHARES

MEMBERS = (
    Member("dogfood-1", "dogfood", "http://127.0.0.1:1"),
    Member("dogfood-2", "dogfood", "http://127.0.0.1:2"),
    Member("canary-1", "canary", "http://127.0.0.1:3"),
    Member("production-01", "production", "http://127.0.0.1:4"),
    Member("production-02", "production", "http://127.0.0.1:5"),
    Member("staging-1", "staging", "http://127.0.0.1:6"),
)


def balancer(state: MemberState = MemberState.UP) -> Balancer:
    made = Balancer(MEMBERS, SHARES)
    for member in MEMBERS:
        made.set_state(member.host, state)
    return made


def next_hosts(made: Balancer, count: int) -> list[str]:
    """The hosts of that many requests, empty for a skipped one."""
    return [member.host if member else "" for member in (made.next_member() for _ in range(count))]


def test_each_tier_gets_its_share_evenly_spaced_and_staging_none() -> None:
    hosts = next_hosts(balancer(), 1000)
    assert hosts.count("canary-1") == 20
    assert hosts.count("dogfood-1") == hosts.count("dogfood-2") == 15
    assert hosts.count("production-01") == hosts.count("production-02") == 475
    assert "staging-1" not in hosts
    turns = [turn for turn, host in enumerate(hosts) if host == "canary-1"]
    assert min(b - a for a, b in pairwise(turns)) > 40


def test_a_draining_host_gets_requests_only_if_no_host_is_up() -> None:
    made = balancer()
    made.set_state("production-01", MemberState.DRAINING)
    made.set_state("canary-1", MemberState.DRAINING)
    hosts = next_hosts(made, 100)
    assert "production-01" not in hosts
    assert hosts.count("canary-1") == 2


def test_requests_of_a_tier_without_hosts_are_skipped() -> None:
    made = balancer()
    for host in ("production-01", "production-02"):
        made.set_state(host, MemberState.OUT)
    assert next_hosts(made, 100).count("") == 95
