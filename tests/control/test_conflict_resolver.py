from dataclasses import replace

from cockpit.control.conflict_resolver import conflicting_pull, requested_pull
from cockpit.deploy.facts import RevertAsked, RevertFailed
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult
from cockpit.deploy.snapshot import Seen
from cockpit.rules import decisions
from tests.scenario import ADA, PULLS, Scenario

REQUEST = CommandRequest(ADA, pull=12)


def test_a_pr_is_found_by_the_number_in_the_request() -> None:
    release = Scenario().at(2).release
    assert requested_pull(release, REQUEST) == next(pull for pull in PULLS if pull.number == 12)
    assert requested_pull(release, CommandRequest(ADA, pull=99)) is None
    assert requested_pull(None, REQUEST) is None


def test_a_revert_conflicts_if_its_rehearsal_did() -> None:
    snapshot = Scenario().at(2).snapshot
    assert conflicting_pull(snapshot, REQUEST) is None
    pull = requested_pull(snapshot.open, REQUEST)
    assert pull
    results = {pull.commits[-1]: RehearsalResult(("poem.txt",))}
    rehearsed = replace(snapshot, rehearsal=Seen(Rehearsal("", results)))
    assert conflicting_pull(rehearsed, REQUEST) == pull


def test_a_revert_conflicts_if_it_failed_with_conflicts() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    assert isinstance(scenario.release.pending_reverts[0], RevertAsked)
    scenario.append(RevertFailed(12, "does not apply", ("poem.txt",)))
    pull = conflicting_pull(scenario.snapshot, REQUEST)
    assert pull
    assert pull.number == 12
