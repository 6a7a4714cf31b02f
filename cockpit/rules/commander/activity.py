"""Activity: which events are a person's commands, and so show that a person watches the release."""

from cockpit.deploy import facts
from cockpit.deploy.events import Event

SAFE = facts.Held | facts.RolledBack
"""What the commander may do at any time, even without knowing how the release stands."""
INFORMED = (
    facts.Started | facts.Advanced | facts.Resumed | facts.RevertAsked | facts.WithdrawalAsked
    | facts.Finished | facts.Abandoned | facts.Rejected | facts.AutopilotSet | facts.HandoffRead
)  # fmt: skip
"""What shows that its author knows how the release stands."""


def is_command(event: Event) -> bool:
    """Whether it is a person's command about the release, or their reading of its handoff."""
    return event.by_person and isinstance(event.what, INFORMED | SAFE)


def shows_presence(event: Event) -> bool:
    """Whether it shows that a person is there: a command, a take-over or a hand-over."""
    return is_command(event) or (event.by_person and isinstance(event.what, facts.CommandTaken | facts.HandedOver))
