from cockpit.control.command_table import find_command
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.tui.commands.proposal import CommandProposal, propose
from tests.scenario import ADA, Scenario

REQUEST = CommandRequest(ADA)


def proposal(scenario: Scenario, verb: str) -> CommandProposal:
    proposed = propose(find_command(verb), scenario.snapshot, REQUEST)
    assert isinstance(proposed, CommandProposal)
    return proposed


def test_a_harmless_command_needs_no_confirmation() -> None:
    hold = proposal(Scenario().at(2), "hold")
    assert (hold.needs_confirmation, hold.objection, hold.number) == (False, "", "")


def test_a_command_against_the_verdict_is_proposed_as_an_override_that_needs_a_reason() -> None:
    advance = proposal(Scenario().at(2), "advance")
    assert advance.overrides
    assert advance.needs_confirmation
    assert "WAIT" in advance.objection


def test_a_command_that_no_reason_allows_is_refused() -> None:
    assert isinstance(propose(find_command("advance"), Scenario().snapshot, REQUEST), Refusal)


def test_a_reason_goes_into_the_request_as_it_was_typed() -> None:
    assert proposal(Scenario().at(2), "advance").request_with("people wait").why == "people wait"


def test_the_first_word_of_a_freeze_is_its_end() -> None:
    freeze = proposal(Scenario().installed(), "freeze")
    request = freeze.request_with("2h billing migration")
    assert (request.until, request.why) == ("2h", "billing migration")


def test_the_end_of_a_freeze_counts_from_the_first_proposal() -> None:
    scenario = Scenario().installed()
    request = proposal(scenario, "freeze").request_with("12:30 billing migration")
    assert request.asked_at == scenario.snapshot.now
    scenario.wait(1801.0)
    decided = find_command("freeze").decide(scenario.snapshot, request)
    assert isinstance(decided, Refusal)
    assert "Sun 12:30 UTC is in the past" in decided.reason


def test_a_changed_plan_is_proposed_again() -> None:
    hold = proposal(Scenario().at(2), "hold")
    again = hold.changed_to(proposal(Scenario().at(3), "hold").plan, REQUEST)
    assert again.changed
    assert again.plan != hold.plan
