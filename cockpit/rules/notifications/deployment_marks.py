"""Deployment marks: what a forge is told of each PR's deployment to a tier, and its withdrawal.

A PR counts as deployed to a tier once all hosts of the tier are told to run its build: 10 % is not enough.
"""

from collections.abc import Iterator

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import pull_name
from cockpit.deploy.outbox import DeploymentMark, DeploymentState
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import apply
from cockpit.deploy.tiers import Audience

Deployed = set[tuple[str, str]]
"""(PR, tier) pairs."""


def deployment_marks(release: Release, policy: Policy) -> Iterator[tuple[Event, tuple[DeploymentMark, ...]]]:
    """Each event that changed a deployment with its marks, oldest first, without repetitions."""
    deployed: Deployed = set()
    so_far = Release(release.id)
    for event in release.events:
        so_far = apply(so_far, event)
        added, removed = _changes(event, so_far, deployed)
        pulls = {pull.name: pull for pull in so_far.pulls if pull.commits}
        changes = [(pair, DeploymentState.WITHDRAWN) for pair in sorted(removed & deployed)]
        changes += [(pair, DeploymentState.DEPLOYED) for pair in sorted(added - deployed)]
        deployed = (deployed - removed) | added
        marks = tuple(
            _mark(pulls[name], tier, state, policy, release) for (name, tier), state in changes if name in pulls
        )
        if marks:
            yield event, marks


def _changes(event: Event, release: Release, deployed: Deployed) -> tuple[Deployed, Deployed]:
    """The pairs that the event adds and removes."""
    match event.what:
        case facts.Advanced(rung=rung) if 0 <= rung < len(release.ladder) and release.ladder[rung].percent == 100:
            tier = release.ladder[rung].tier
            return {(pull.name, tier) for pull in release.pulls if pull.name not in release.reverted_names}, set()
        case facts.RolledBack(tiers=tiers) | facts.Abandoned(tiers=tiers) | facts.RevertAsked(withdrawn=tiers):
            return set(), {pair for pair in deployed if pair[1] in tiers}
        case facts.Reverted() as reverted:
            return set(), {pair for pair in deployed if pair[0] == pull_name(reverted)}
        case _:
            return set(), set()


def _mark(pull: PullRequest, tier: str, state: DeploymentState, policy: Policy, release: Release) -> DeploymentMark:
    public = policy.tier(tier).serves is Audience.PUBLIC
    return DeploymentMark(pull.name, pull.commits[-1], tier, state, public, release.id)
