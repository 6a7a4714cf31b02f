"""The proposal of a command: its plan, and what a person must type to confirm it. Pure functions."""

import dataclasses
from dataclasses import dataclass

from msgspec.structs import replace

from cockpit.control.command_table import Command, Takes
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.schedule.time_format import ACCEPTED_FORMS
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.decisions.blast_radius import number_in_day, widens_past_half

ANY_REASON = "to be given"
"""Placeholder for the reason that is not typed yet, to plan an override."""
ANY_TIME = "1h"
"""Placeholder for the time that is not typed yet."""
UNTIL = f"until when, and why? {ACCEPTED_FORMS}, then the reason: 2h billing migration"


@dataclass(frozen=True)
class CommandProposal:
    """What a key would do, to be confirmed or executed at once."""

    command: Command
    request: CommandRequest
    plan: Plan
    objection: str = ""
    """Why a reason is required: the gate's verdict that is overridden, or the current commander."""
    changed: bool = False
    """Whether the plan differs from the one that was confirmed."""
    number: str = ""
    """The release's number, which must be typed if the plan passes half of production; else empty."""

    @property
    def overrides(self) -> bool:
        """Whether it overrides the gate."""
        return self.request.override and bool(self.objection)

    @property
    def needs_confirmation(self) -> bool:
        """Whether the plan must be confirmed."""
        return self.command.dangerous or bool(self.objection)

    def request_with(self, reason: str) -> CommandRequest:
        """The request with the typed reason. If the command takes a time, the first word is the time."""
        if Takes.UNTIL not in self.command.takes:
            return replace(self.request, why=reason)
        until, _, reason = reason.partition(" ")
        return replace(self.request, until=until, why=reason.strip())

    def changed_to(self, plan: Plan, request: CommandRequest) -> "CommandProposal":
        """The proposal of the new plan, to be confirmed again."""
        return dataclasses.replace(self, request=request, plan=plan, changed=True)


def propose(command: Command, snapshot: Snapshot, request: CommandRequest) -> CommandProposal | Refusal:
    """Return the plan, the plan that overrides the gate if it can be overridden, or the refusal."""
    request = replace(request, asked_at=request.asked_at or snapshot.now)
    decided = command.decide(snapshot, request)
    if isinstance(decided, Plan):
        return CommandProposal(command, request, decided, number=_number(decided, snapshot))
    if command.takes & {Takes.OVERRIDE, Takes.REASON, Takes.UNTIL}:
        until = ANY_TIME if Takes.UNTIL in command.takes else ""
        with_reason = replace(request, why=ANY_REASON, override=Takes.OVERRIDE in command.takes, until=until)
        plan = command.decide(snapshot, with_reason)
        if isinstance(plan, Plan) and until:
            plan = replace(plan, title="freeze until the time you give")
            return CommandProposal(command, with_reason, plan, UNTIL)
        if isinstance(plan, Plan):
            return CommandProposal(command, with_reason, plan, decided.reason, number=_number(plan, snapshot))
    return decided


def _number(plan: Plan, snapshot: Snapshot) -> str:
    return number_in_day(plan.release) if widens_past_half(plan, snapshot.policy) else ""
