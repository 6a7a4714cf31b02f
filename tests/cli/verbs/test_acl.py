"""`cockpit acl`: every role at once, one role, and an agent's."""

from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin


def test_every_role_is_printed_or_one(company: GitOrigin, capsys: Capsys) -> None:
    code, policies = run_json(capsys, "acl")
    assert code == 0
    out = run(capsys, "acl")[1]
    for name, rules in policies.items():
        assert f"# {name}\n{rules}" in out
    for role in ("commander", "engine", "watcher"):
        assert run(capsys, "acl", role)[1] in policies.values()


def test_an_agents_policy_needs_a_known_tier(company: GitOrigin, capsys: Capsys) -> None:
    assert "s1" in run(capsys, "acl", "agent", "--tier", "staging", "--host", "s1")[1]
    code, _, err = run(capsys, "acl", "agent", "--tier", "moon")
    assert (code, "needs --tier, one of staging, production" in err) == (2, True)
