"""`--json` prints valid and complete JSON in every scene."""

import json

import pytest

from cockpit.control.command_table import find_command
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.views import json_output
from tests.builders import ADA, PULLS, SCENES, at_canary, at_production, empty, no_data, pulling


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_is_json(scene: str) -> None:
    snapshot = SCENES[scene]()
    values = json.loads(json.dumps(json_output.status(snapshot)))
    assert [tier["name"] for tier in values["tiers"]] == [tier.name for tier in snapshot.policy.tiers]
    assert json.loads(json.dumps(json_output.releases(snapshot))) is not None


def test_status_has_verdict_stragglers_and_ages() -> None:
    values = json_output.status(at_production())
    assert values["verdict"]["call"] == "WAIT"
    assert values["verdict"]["unknown"] is True
    production = values["tiers"][-1]
    assert (production["wanted_percent"], production["actual_percent"]) == (25, 20)
    assert len(production["silent"]) == 1
    assert values["ages"]["traffic"] == 1.0


def test_a_source_never_read_has_no_age() -> None:
    values = json_output.status(no_data())
    assert values["ages"]["traffic"] is None
    assert values["errors"]
    assert values["verdict"]["new"] is None


def test_a_release_has_its_events_with_sentences() -> None:
    release = at_canary().open
    assert release is not None
    values = json.loads(json.dumps(json_output.release(release)))
    assert len(values["events"]) == len(release.events)
    assert values["events"][-1]["sentence"].startswith("canary told to run")
    assert values["events"][-1]["what"]["type"] == "Advanced"


def test_a_plan_has_events_and_targets() -> None:
    plan = find_command("rollback").decide(at_canary(), CommandRequest(ADA))
    assert isinstance(plan, Plan)
    values = json.loads(json.dumps(json_output.plan(plan)))
    assert [set(step) - {"summary"} for step in values["steps"]] == [{"target"}, {"target"}, {"event"}]


def test_every_pr_is_listed() -> None:
    assert [pull["number"] for pull in json_output.pulls(PULLS)] == [pull.number for pull in PULLS]


def test_a_tier_has_its_transfer_and_rollback_readiness_with_null_for_unknown() -> None:
    values = json.loads(json.dumps(json_output.status(pulling())))
    assert values["tiers"][0]["transfer"] is None
    pull = values["tiers"][-1]["transfer"]
    assert (pull["hosts"], pull["on_disk"], pull["pulling"], pull["silent"]) == (10, 3, 5, 1)
    assert (pull["fetched"], pull["total"], pull["without_estimate"]) == (30_000_000, None, 1)
    assert values["rollback"]["share"] == pytest.approx(9 / 13)
    assert (values["rollback"]["missing"], values["rollback"]["swap"]["slowest"]) == (3, 6.0)
    nothing = json.loads(json.dumps(json_output.status(empty())))["rollback"]
    assert (nothing["build"], nothing["share"], nothing["swap"]) == (None, None, None)


def test_every_host_has_its_status_and_the_rate_of_its_transfer() -> None:
    values = {host["host"]: host for host in json.loads(json.dumps(json_output.hosts(pulling())))}
    assert values["web-04"]["pulling"]["fetched"] == 3_600_000
    assert values["web-04"]["rate"] == pytest.approx(900_000)
    assert values["web-04"]["seconds_left"] == pytest.approx(6_400_000 / 900_000)
    assert (values["web-08"]["rate"], values["web-08"]["seconds_left"]) == (pytest.approx(2_100_000), None)
    assert (values["web-01"]["pulling"], values["web-01"]["rate"]) == (None, None)
    assert (values["web-10"]["silent"], values["web-01"]["silent"]) == (True, False)
