"""Which plans are worth a second thought: those after which most of the public is on the new build."""

from cockpit.deploy.facts import Advanced
from cockpit.deploy.plan import AppendEvent, Plan, WriteTarget
from cockpit.deploy.policy import Policy
from cockpit.deploy.tiers import Audience

MOST = 50
"""Per cent of production's hosts; beyond it a step reaches more people than it leaves out."""


def widens_past_half(plan: Plan, policy: Policy) -> bool:
    """Whether it is a step up that takes production, the tier in which the ladder ends, past half of its hosts.

    A rollback is none, however many hosts it points: it must never wait for typing. Nor is the canary, small as it is.
    """
    if not policy.ladder:
        return False
    last = policy.tier(policy.ladder[-1].tier)
    up = any(isinstance(step, AppendEvent) and isinstance(step.what, Advanced) for step in plan.steps)
    return (
        up
        and last.serves is Audience.PUBLIC
        and any(
            isinstance(step, WriteTarget) and step.target.tier == last.name and step.target.percent > MOST
            for step in plan.steps
        )
    )


def number(release: str) -> str:
    """What a release is called within its day: `3` of `2026-11-23.3`."""
    return release.rpartition(".")[2]
