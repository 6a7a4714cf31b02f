"""Consul ACL policies. `tests/adapters/consul/test_acl.py` tries them on a real Consul."""

from cockpit.deploy import store_keys
from cockpit.views.consul_policies import agent, commander, engine, policies, watcher


def test_a_watcher_can_write_nothing() -> None:
    assert watcher("app") == 'key_prefix "app/" { policy = "read" }\n'


def test_an_agent_writes_its_own_status_only() -> None:
    rule = f'key "app/{store_keys.status("canary", "c1")}" {{ policy = "write" }}'
    assert rule in agent("app", "canary", "c1").splitlines()
    any_host = f'key_prefix "app/{store_keys.status("canary", "")}" {{ policy = "write" }}'
    assert any_host in agent("app", "canary").splitlines()
    assert "production" not in agent("app", "canary")


def test_only_the_commander_opens_releases_and_only_the_engine_writes_verdicts() -> None:
    current = f'key "app/{store_keys.CURRENT}" {{ policy = "write" }}'
    verdict = f'key "app/{store_keys.JUDGEMENT}" {{ policy = "write" }}'
    assert (current in commander("app"), current in engine("app")) == (True, False)
    assert (verdict in commander("app"), verdict in engine("app")) == (False, True)


def test_every_role_and_tier_has_a_policy_of_its_own_name() -> None:
    assert list(policies("team/app", ("canary", "production"))) == [
        "team-app-commander",
        "team-app-engine",
        "team-app-agent-canary",
        "team-app-agent-production",
        "team-app-watcher",
    ]
