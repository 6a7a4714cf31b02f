"""The builds that were healthy on this host before: the ones that it may go back to. Pure."""

from cockpit.agent.intent import Intent
from cockpit.deploy.hosts.status import HostState

MAX_GOOD = 8
"""Builds remembered; a host has slots for three."""


def has_proved_well(intent: Intent, build: str) -> bool:
    """Whether the build was healthy on this host before."""
    return build != "" and build in (intent.last_good, *intent.good)


def with_good(intent: Intent, build: str) -> tuple[str, ...]:
    """Return the builds that were healthy here, with `build` as the last one."""
    return tuple(dict.fromkeys(name for name in (build, *intent.good) if name))[:MAX_GOOD]


def destination(intent: Intent) -> str:
    """Return the build that the present move leads to."""
    return intent.previous if intent.state is HostState.REVERTING else intent.wanted
