"""The plan of one step."""

from cockpit.deploy.facts import Call
from cockpit.rules import decisions
from tests.scenario import Scenario, build


def test_a_step_writes_its_event_and_its_target_in_one_plan() -> None:
    scenario = Scenario().at(3)
    target = scenario.snapshot.targets.value["production"].target
    assert (target.percent, target.build, target.base) == (10, build(2).id, build(1).id)
    hosts = scenario.snapshot.fleet["production"].hosts
    assert sum(target.wants(host) == build(2).id for host in hosts) == 1


def test_hosts_with_the_new_build_keep_it_as_the_share_grows() -> None:
    scenario = Scenario().at(3)
    inside: set[str] = set()
    for rung, count in ((3, 1), (4, 3), (5, 5), (6, 8), (7, 10)):
        while scenario.release.rung < rung:
            scenario.judge(Call.GO)
            scenario.run(decisions.advance)
        target = scenario.snapshot.targets.value["production"].target
        now = {host for host in scenario.snapshot.fleet["production"].hosts if target.wants(host) == build(2).id}
        assert inside <= now
        assert len(now) == count
        inside = now
