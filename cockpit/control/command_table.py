"""The table of commands: key, dimmed footer, palette, verb, `--help`, `--dry-run` and confirmation all read a row.

Adding a command is adding a row here and, where it changes anything, a decision in `deploy.decisions`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules import autopilot, decisions
from cockpit.rules.commander import acknowledgement, lease

Decide = Callable[[Snapshot, CommandRequest], Plan | Refusal]


class Takes(StrEnum):
    """What a command may be told besides --why."""

    REF = "ref"
    PULL = "pull"
    OVERRIDE = "override"
    REASON = "reason"
    """It may be refused until it is given a reason."""
    PERSON = "person"
    MODE = "mode"
    UNTIL = "until"
    """A time that is to come, and a reason."""
    NOTE = "note"


@dataclass(frozen=True)
class Command:
    """Something a commander can do."""

    verb: str
    """Its name in the shell and the palette."""
    key: str
    """Its key on the screen, in Textual's spelling; config may map it anew. Empty for one that a page offers."""
    title: str
    """One or two words for the footer."""
    rule: Decide
    """What it comes to, in the hands of the commander."""
    takes: frozenset[Takes] = frozenset()
    dangerous: bool = True
    """Whether the screen shows the plan's steps and asks first."""

    anybody: bool = False
    """Whether it is open to people who have not got the conn."""

    stops: bool = False
    """Whether it makes things safe: then it waits for nobody's turn, while nobody has the conn, and for no hand-off
    card to be read."""

    asks: str = ""
    """What a person types in its confirmation, where that is not a reason."""

    @property
    def help(self) -> str:
        """One sentence: the rule's docstring is the tooltip."""
        return (self.rule.__doc__ or "").strip().splitlines()[0]

    def decide(self, snapshot: Snapshot, ask: CommandRequest) -> Plan | Refusal:
        """The plan, or why not."""
        if not self.anybody and (no := lease.not_the_commander(snapshot, ask)):
            return no
        if not (self.anybody or self.stops) and (no := lease.not_on_duty(snapshot, ask)):
            return no
        if not (self.anybody or self.stops) and (no := acknowledgement.unread(snapshot, ask)):
            return no
        return self.rule(snapshot, ask)


ACTIONS: tuple[Command, ...] = (
    Command("start", "s", "start", decisions.start, frozenset({Takes.REF, Takes.OVERRIDE})),
    Command("advance", "a", "advance", decisions.advance, frozenset({Takes.OVERRIDE})),
    Command("hold", "h", "hold", decisions.hold, dangerous=False, stops=True),
    Command("resume", "u", "resume", decisions.resume),
    Command("revert", "r", "revert PR", decisions.revert, frozenset({Takes.PULL})),
    Command("rollback", "R", "ROLL BACK", decisions.roll_back, stops=True),
    Command("autopilot", "A", "autopilot", autopilot.switch, frozenset({Takes.MODE})),
    Command("finish", "f", "finish", decisions.finish, frozenset({Takes.OVERRIDE})),
    Command("abandon", "X", "abandon", decisions.abandon),
    Command("install", "I", "install", decisions.install, frozenset({Takes.REF, Takes.OVERRIDE})),
    Command("take-over", "c", "take over", lease.take_over, frozenset({Takes.REASON}), anybody=True),
    Command("freeze", "F", "freeze", decisions.freeze, frozenset({Takes.UNTIL})),
    Command("thaw", "W", "thaw", decisions.thaw),
    Command(
        "hand-over",
        "H",
        "hand over",
        lease.hand_over,
        frozenset({Takes.PERSON, Takes.NOTE}),
        anybody=True,
        asks="a note for the next commander (may stay empty)",
    ),
    Command("handoff", "", "handoff", acknowledgement.read, dangerous=False, anybody=True),
    Command(
        "note", "", "note", acknowledgement.note, frozenset({Takes.NOTE, Takes.REASON}), anybody=True, asks="the note"
    ),
)


def refusal(command: Command, snapshot: Snapshot, ask: CommandRequest) -> str:
    """Why the command is not available now; empty when it is, if need be with a reason."""
    if command.takes & {Takes.REASON, Takes.UNTIL}:
        ask = replace(ask, why=ask.why or "to be given", until=ask.until or "1h")
    decided = command.decide(snapshot, ask)
    return decided.reason if isinstance(decided, Refusal) else ""


def command_named(verb: str) -> Command:
    """The row of that verb."""
    return next(command for command in ACTIONS if command.verb == verb)
