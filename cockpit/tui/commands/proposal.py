"""How a command goes from its key to the desk: refused in words, confirmed where it is dangerous, then done."""

import dataclasses
from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from cockpit.control.command_table import Command, Takes
from cockpit.control.dispatcher import Changed, Dispatcher, Done
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.schedule.time_format import FORMS
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Failed
from cockpit.rules.decisions.blast_radius import number, widens_past_half
from cockpit.tui.notice import Notice

ANY = "to be given"
"""Stands for the reason a person has not typed yet, when asking what an override would do."""
SOON = "1h"
"""Stands for the time a person has not typed yet."""
UNTIL = f"until when, and why? {FORMS}, then the reason: 2h billing moves house"


@dataclass(frozen=True)
class CommandProposal:
    """What pressing a key would do, to be confirmed or done at once."""

    command: Command
    ask: CommandRequest
    plan: Plan
    gate: str = ""
    """Why it needs a reason: what the gate says, where it is overridden, or who has the conn."""
    changed: bool = False
    """Whether it is another plan than the one that was confirmed before."""
    number: str = ""
    """What must be typed before it is done: the release's number, where production is widened past half."""

    @property
    def overrides(self) -> bool:
        """Whether it goes against what the gate says."""
        return self.ask.override and bool(self.gate)

    @property
    def asks_first(self) -> bool:
        """Whether a person must see the steps before."""
        return self.command.dangerous or bool(self.gate)


def propose(command: Command, snapshot: Snapshot, ask: CommandRequest) -> CommandProposal | Refusal:
    """The plan, or the plan that overrides the gate where that is possible, or why not."""
    decided = command.decide(snapshot, ask)
    if isinstance(decided, Plan):
        return CommandProposal(command, ask, decided, number=_number(decided, snapshot))
    if command.takes & {Takes.OVERRIDE, Takes.REASON, Takes.UNTIL}:
        until = SOON if Takes.UNTIL in command.takes else ""
        bold = replace(ask, why=ANY, override=Takes.OVERRIDE in command.takes, until=until)
        overridden = command.decide(snapshot, bold)
        if isinstance(overridden, Plan) and until:
            return CommandProposal(
                command, bold, replace(overridden, title="freeze until the time you give"), gate=UNTIL
            )
        if isinstance(overridden, Plan):
            return CommandProposal(command, bold, overridden, decided.reason, number=_number(overridden, snapshot))
    return decided


def _number(plan: Plan, snapshot: Snapshot) -> str:
    return number(plan.release) if widens_past_half(plan, snapshot.policy) else ""


async def give(desk: Dispatcher, proposal: CommandProposal, why: str) -> Notice | CommandProposal:
    """Do it; a proposal comes back where the world has moved and it must be confirmed again."""
    ask = replace(proposal.ask, why=why)
    if Takes.UNTIL in proposal.command.takes:
        until, _, why = why.partition(" ")
        ask = replace(ask, until=until, why=why.strip())
    try:
        came = await desk.give(proposal.command, ask, proposal.plan if proposal.asks_first else None)
    except Failed as failed:
        return Notice(f"{proposal.command.verb} was not done: {failed}", ok=False)
    match came:
        case Done(plan):
            return Notice(f"done: {plan.title}")
        case Refusal(reason):
            return Notice(reason, ok=False)
        case Changed(plan):
            return dataclasses.replace(proposal, ask=ask, plan=plan, changed=True)
        case _:
            assert_never(came)
