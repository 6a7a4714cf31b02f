"""Proposals: a plan, an override that needs a reason, or a refusal."""

from dataclasses import replace

from cockpit.control.command_table import find_command
from cockpit.deploy.facts import Call
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.tui.commands.proposal import UNTIL, CommandProposal, propose
from tests.builders import ADA, NOW, at_canary, at_production, judged, soaking


def proposed(verb: str, snapshot: Snapshot) -> CommandProposal:
    proposal = propose(find_command(verb), snapshot, CommandRequest(ADA))
    assert isinstance(proposal, CommandProposal)
    return proposal


def test_a_command_that_the_gate_allows_needs_no_reason() -> None:
    proposal = proposed("advance", at_canary())
    assert (proposal.objection, proposal.overrides, proposal.number) == ("", False, "")
    assert proposal.needs_confirmation, "advance is dangerous"
    assert not proposed("hold", at_canary()).needs_confirmation


def test_a_command_that_the_gate_refuses_is_proposed_as_an_override() -> None:
    proposal = proposed("advance", soaking())
    assert proposal.overrides
    assert "soaking" in proposal.objection
    assert proposal.request_with("an outage").why == "an outage"


def test_a_command_that_nothing_can_override_is_refused() -> None:
    refusal = propose(find_command("finish"), at_canary(), CommandRequest(ADA))
    assert isinstance(refusal, Refusal)


def test_past_half_of_production_the_proposal_asks_for_the_number_of_the_release() -> None:
    snapshot = at_production(50)
    assert snapshot.open
    snapshot = replace(snapshot, judgement=judged(snapshot.open, Call.GO, "all is well", None, None))
    assert proposed("advance", snapshot).number == "3"


def test_a_freeze_takes_its_end_and_its_reason_from_one_text() -> None:
    proposal = proposed("freeze", replace(at_canary(), commander=Seen(Holder(ADA, NOW, 1), NOW)))
    assert proposal.objection == UNTIL
    request = proposal.request_with("2h billing migration")
    assert (request.until, request.why) == ("2h", "billing migration")


def test_a_changed_plan_is_a_new_proposal() -> None:
    proposal = proposed("advance", at_canary())
    plan = proposed("rollback", at_canary()).plan
    changed = proposal.changed_to(plan, proposal.request)
    assert changed.changed
    assert changed.plan is plan
    assert not proposal.changed
