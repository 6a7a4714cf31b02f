"""What a forge is told of each PR: on which tiers it is, and from which it was taken again.

A tier counts once all of its hosts are pointed at the build: a PR is not said to be in production at 10 %.
"""

from collections.abc import Iterator

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Abandoned, Advanced, RevertAsked, Reverted, RolledBack, pull_name
from cockpit.deploy.outbox import DeploymentMark, DeploymentState
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release, after
from cockpit.deploy.tiers import Audience


def marks(release: Release, policy: Policy) -> Iterator[tuple[Event, tuple[DeploymentMark, ...]]]:
    """What each event changed, oldest first; nothing is said twice."""
    there: set[tuple[str, str]] = set()
    so_far = Release(release.id)
    for event in release.events:
        so_far = after(so_far, event)
        comes, goes = _moves(event, so_far, there)
        kept = {pull.name: pull for pull in so_far.pulls if pull.commits}
        moved = [(pair, DeploymentState.GONE) for pair in sorted(goes & there)]
        moved += [(pair, DeploymentState.THERE) for pair in sorted(comes - there)]
        there = (there - goes) | comes
        found = tuple(_mark(kept[name], tier, state, policy, release) for (name, tier), state in moved if name in kept)
        if found:
            yield event, found


def _moves(
    event: Event, release: Release, there: set[tuple[str, str]]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(PR, tier) that come and that go."""
    match event.what:
        case Advanced(rung=rung) if 0 <= rung < len(release.ladder) and release.ladder[rung].percent == 100:
            tier = release.ladder[rung].tier
            return {(pull.name, tier) for pull in release.pulls if pull.name not in release.gone}, set()
        case RolledBack(tiers=tiers) | Abandoned(tiers=tiers) | RevertAsked(withdrawn=tiers):
            return set(), {pair for pair in there if pair[1] in tiers}
        case Reverted() as done:
            return set(), {pair for pair in there if pair[0] == pull_name(done)}
        case _:
            return set(), set()


def _mark(pull: PullRequest, tier: str, state: DeploymentState, policy: Policy, release: Release) -> DeploymentMark:
    public = policy.tier(tier).serves is Audience.PUBLIC
    return DeploymentMark(pull.name, pull.commits[-1], tier, state, public, release.id)
