from cockpit.deploy.pulls.proposals import reland_proposal, revert_proposal
from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest

PULL = PullRequest(14, "Fix \x1b[31mcart", "eve\u202e", MergeMethod.SQUASH, ("a" * 40,), (), 0.0)


def test_a_revert_proposal_names_the_pr_its_author_and_the_release() -> None:
    proposal = revert_proposal(PULL, "revert/14", "main", "2026-11-23.1")
    assert (proposal.branch, proposal.onto, proposal.draft) == ("revert/14", "main", False)
    assert proposal.title == "Revert #14: Fix cart"
    assert proposal.body == "Reverts #14 by eve, which was reverted for release 2026-11-23.1.\n"


def test_a_reland_proposal_is_a_draft() -> None:
    proposal = reland_proposal(PULL, "reland/14", "main", "2026-11-23.1")
    assert (proposal.title, proposal.draft) == ("Re-land #14: Fix cart", True)
