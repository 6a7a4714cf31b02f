"""Blast radius: which plans need the release's number typed before they are executed."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, Plan, WriteTarget
from cockpit.deploy.policy import Policy
from cockpit.deploy.tiers import Audience

HALF = 50
"""Per cent of production's hosts; a step beyond it reaches most of the public."""


def widens_past_half(plan: Plan, policy: Policy) -> bool:
    """Whether the plan is a step that takes production, the last tier of the ladder, past half of its hosts.

    A rollback never counts, because it must not wait for typing. The canary does not count either.
    """
    if not policy.ladder:
        return False
    last = policy.tier(policy.ladder[-1].tier)
    advances = any(isinstance(step, AppendEvent) and isinstance(step.what, facts.Advanced) for step in plan.steps)
    return (
        advances
        and last.serves is Audience.PUBLIC
        and any(
            isinstance(step, WriteTarget) and step.target.tier == last.name and step.target.percent > HALF
            for step in plan.steps
        )
    )


def number_in_day(release: str) -> str:
    """The number of a release within its day: `3` of `2026-11-23.3`."""
    return release.rpartition(".")[2]
