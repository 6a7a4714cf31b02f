"""The ids of releases."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.plan import Preview
from cockpit.deploy.snapshot import Seen
from cockpit.rules import decisions
from cockpit.rules.decisions.release_id import next_release_id
from tests.scenario import Scenario, commit


def test_the_releases_of_a_day_are_numbered() -> None:
    scenario = Scenario().at_staging()
    assert [release.id for release in scenario.snapshot.log.value.releases] == ["2026-11-22.1", "2026-11-22.2"]


def test_a_clock_that_was_set_back_opens_no_release_before_the_last() -> None:
    scenario = Scenario().installed()
    scenario.wait(-86_400)
    scenario.run(decisions.start)
    assert scenario.release.id == "2026-11-22.2"
    assert scenario.snapshot.open is not None


def test_a_log_from_a_backup_reuses_no_number_below_what_hosts_have_obeyed() -> None:
    scenario = Scenario().installed()
    assert next_release_id(scenario.snapshot) == "2026-11-22.2"
    hosts = {host: put(status, serial=6) for host, status in scenario.snapshot.statuses.value.items()}
    scenario.snapshot = replace(scenario.snapshot, statuses=Seen(hosts, scenario.snapshot.now))
    assert next_release_id(scenario.snapshot) == "2026-11-22.7"


def test_a_log_from_a_backup_reuses_no_id_of_a_branch_a_tag_or_a_target() -> None:
    scenario = Scenario().installed()
    ids = ("2026-11-21.99", "2026-11-22.4", "2026-11-22.12")
    preview = Preview(commit(2), (), release_ids=ids)
    scenario.snapshot = replace(scenario.snapshot, preview=Seen(preview, scenario.snapshot.now))
    assert next_release_id(scenario.snapshot) == "2026-11-22.13"
    targets = scenario.snapshot.targets.value
    lost = put(targets["canary"], target=put(targets["canary"].target, release="2026-11-22.20"))
    scenario.snapshot = replace(scenario.snapshot, targets=Seen({**targets, "canary": lost}, scenario.snapshot.now))
    assert next_release_id(scenario.snapshot) == "2026-11-22.21"
