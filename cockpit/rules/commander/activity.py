"""Which events are a person's commands: they show that somebody knows how a release stands, and looks after it."""

from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AutopilotSet,
    CommandTaken,
    Finished,
    HandedOver,
    HandoffRead,
    Held,
    Resumed,
    RevertAsked,
    RolledBack,
    Started,
)

STOPS = Held | RolledBack
"""What anybody with the conn may do at any time, also without knowing how things stand."""
KNOWS = Started | Advanced | Resumed | RevertAsked | Finished | Abandoned | AutopilotSet | HandoffRead


def person(event: Event) -> bool:
    """Whether a person did it: neither the engine nor the autopilot is `user@host`."""
    return "@" in event.by


def commands(event: Event) -> bool:
    """Whether it is a command about the release, or the reading of its card."""
    return person(event) and isinstance(event.what, KNOWS | STOPS)


def acts(event: Event) -> bool:
    """Whether it shows that somebody is there: a command, or the conn changing hands."""
    return commands(event) or (person(event) and isinstance(event.what, CommandTaken | HandedOver))
