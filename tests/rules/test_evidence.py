"""The evidence for the gate."""

from dataclasses import replace as put

from msgspec.structs import replace

from cockpit.deploy.facts import (
    Unreadable,
)
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Seen
from cockpit.rules.evidence import gather_evidence
from tests.scenario import NOON, Scenario


def test_evidence_names_unreadable_records_that_make_the_last_good_build_uncertain() -> None:
    scenario = Scenario().at(3)
    first, second = scenario.snapshot.log.value.releases
    finished = replace(first.events[-1], what=Unreadable("releases/2026-11-22.1/000005", "cut short"))
    log = put(scenario.snapshot.log.value, releases=(fold(first.id, (*first.events[:-1], finished)), second))
    snapshot = put(scenario.snapshot, log=Seen(log, NOON))
    assert snapshot.last_good is None
    assert [record.key for record in snapshot.unreadable_records] == ["releases/2026-11-22.1/000005"]
    assert gather_evidence(snapshot, second).unreadable == ("releases/2026-11-22.1/000005",)
