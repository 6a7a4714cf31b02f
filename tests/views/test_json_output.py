"""What `--json` prints is JSON, whole, for every moment."""

import json

import pytest

from cockpit.control.command_table import command_named
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.views import json_output
from tests.builders import ADA, PULLS, SCENES, at_canary, at_production, empty, no_data, pulling


@pytest.mark.parametrize("scene", SCENES)
def test_every_moment_is_json(scene: str) -> None:
    snapshot = SCENES[scene]()
    told = json.loads(json.dumps(json_output.status(snapshot)))
    assert [tier["name"] for tier in told["tiers"]] == [tier.name for tier in snapshot.policy.tiers]
    assert json.loads(json.dumps(json_output.releases(snapshot))) is not None


def test_status_tells_verdict_stragglers_and_ages() -> None:
    told = json_output.status(at_production())
    assert told["verdict"]["call"] == "WAIT"
    assert told["verdict"]["unknown"] is True
    production = told["tiers"][-1]
    assert (production["wanted_percent"], production["actual_percent"]) == (25, 20)
    assert len(production["silent"]) == 1
    assert told["ages"]["traffic"] == 1.0


def test_what_was_never_read_has_no_age() -> None:
    told = json_output.status(no_data())
    assert told["ages"]["traffic"] is None
    assert told["troubles"]
    assert told["verdict"]["new"] is None


def test_a_release_tells_its_events_with_their_sentences() -> None:
    release = at_canary().open
    assert release is not None
    told = json.loads(json.dumps(json_output.release(release)))
    assert len(told["events"]) == len(release.events)
    assert told["events"][-1]["sentence"].startswith("canary pointed at")
    assert told["events"][-1]["what"]["type"] == "Advanced"


def test_a_plan_tells_events_and_targets() -> None:
    plan = command_named("rollback").decide(at_canary(), CommandRequest(ADA))
    assert isinstance(plan, Plan)
    told = json.loads(json.dumps(json_output.plan(plan)))
    assert [set(step) - {"words"} for step in told["steps"]] == [{"point"}, {"point"}, {"record"}]


def test_pulls_are_whole() -> None:
    assert [pull["number"] for pull in json_output.pulls(PULLS)] == [pull.number for pull in PULLS]


def test_a_tier_tells_its_pull_and_the_way_back_and_null_for_what_is_not_known() -> None:
    told = json.loads(json.dumps(json_output.status(pulling())))
    assert told["tiers"][0]["pull"] is None
    pull = told["tiers"][-1]["pull"]
    assert (pull["hosts"], pull["done"], pull["pulling"], pull["unheard"]) == (10, 3, 5, 1)
    assert (pull["fetched"], pull["total"], pull["untold"]) == (30_000_000, None, 1)
    assert told["way_back"]["share"] == pytest.approx(9 / 13)
    assert (told["way_back"]["lack"], told["way_back"]["swap"]["slowest"]) == (3, 6.0)
    nothing = json.loads(json.dumps(json_output.status(empty())))["way_back"]
    assert (nothing["build"], nothing["share"], nothing["swap"]) == (None, None, None)


def test_every_host_tells_what_it_said_and_the_figures_of_its_pull() -> None:
    told = {one["host"]: one for one in json.loads(json.dumps(json_output.hosts(pulling())))}
    assert told["web-04"]["pulling"]["fetched"] == 3_600_000
    assert told["web-04"]["rate"] == pytest.approx(900_000)
    assert told["web-04"]["left"] == pytest.approx(6_400_000 / 900_000)
    assert (told["web-08"]["rate"], told["web-08"]["left"]) == (pytest.approx(2_100_000), None)
    assert (told["web-01"]["pulling"], told["web-01"]["rate"]) == (None, None)
    assert (told["web-10"]["silent"], told["web-01"]["silent"]) == (True, False)
