"""The table of commands. Keys, footer, palette, verbs, `--help`, `--dry-run` and confirmations all read its rows.

A new command is a new row here and a decision in `rules.decisions`.
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
    """An argument that a command takes besides --why."""

    REF = "ref"
    PULL = "pull"
    OVERRIDE = "override"
    REASON = "reason"
    """A reason, without which the command may be refused."""
    PERSON = "person"
    MODE = "mode"
    UNTIL = "until"
    """A time in the future, and a reason."""
    NOTE = "note"
    RELEASE = "release"


@dataclass(frozen=True)
class Command:
    """One row: something a commander can do."""

    verb: str
    """Its name in the shell and the palette."""
    key: str
    """Its default key, in Textual's spelling; the config may change it. Empty for a page's own command."""
    title: str
    """One or two words for the footer."""
    rule: Decide
    """Decides what the command does, if the person may give it."""
    takes: frozenset[Takes] = frozenset()
    dangerous: bool = True
    """Whether the screen shows the plan's steps and asks for confirmation."""

    open_to_all: bool = False
    """Whether people other than the commander may give it."""

    stops: bool = False
    """Whether it stops a deploy. It is then available in another person's slot while there is no commander, and before
    the handoff is read."""

    prompt: str = ""
    """What a person types in its confirmation; empty for a reason."""

    @property
    def help(self) -> str:
        """One sentence for `--help` and the help page: the first line of the rule's docstring."""
        return (self.rule.__doc__ or "").strip().splitlines()[0]

    def decide(self, snapshot: Snapshot, request: CommandRequest) -> Plan | Refusal:
        """The plan, or the refusal."""
        if not self.open_to_all and (refusal := lease.not_the_commander(snapshot, request)):
            return refusal
        if not (self.open_to_all or self.stops) and (refusal := lease.not_on_duty(snapshot, request)):
            return refusal
        if not (self.open_to_all or self.stops) and (refusal := acknowledgement.handoff_not_read(snapshot, request)):
            return refusal
        return self.rule(snapshot, request)


COMMAND_TABLE: tuple[Command, ...] = (
    Command("start", "s", "start", decisions.start, frozenset({Takes.REF, Takes.OVERRIDE})),
    Command("advance", "a", "advance", decisions.advance, frozenset({Takes.OVERRIDE})),
    Command("hold", "h", "hold", decisions.hold, dangerous=False, stops=True),
    Command("resume", "u", "resume", decisions.resume),
    Command("revert", "r", "revert PR", decisions.revert, frozenset({Takes.PULL})),
    Command("rollback", "R", "ROLL BACK", decisions.roll_back, stops=True),
    Command("autopilot", "A", "autopilot", autopilot.set_autopilot, frozenset({Takes.MODE})),
    Command("finish", "f", "finish", decisions.finish, frozenset({Takes.OVERRIDE})),
    Command("abandon", "X", "abandon", decisions.abandon),
    Command("reject", "B", "reject", decisions.reject, frozenset({Takes.RELEASE, Takes.REASON})),
    Command("withdraw", "V", "withdraw", decisions.withdraw, frozenset({Takes.PULL})),
    Command("install", "I", "install", decisions.install, frozenset({Takes.REF, Takes.OVERRIDE})),
    Command("take-over", "c", "take over", lease.take_over, frozenset({Takes.REASON}), open_to_all=True),
    Command("freeze", "F", "freeze", decisions.freeze, frozenset({Takes.UNTIL})),
    Command("thaw", "W", "thaw", decisions.thaw),
    Command(
        "hand-over",
        "H",
        "hand over",
        lease.hand_over,
        frozenset({Takes.PERSON, Takes.NOTE}),
        open_to_all=True,
        prompt="a note for the next commander (optional)",
    ),
    Command("handoff", "", "handoff", acknowledgement.read_handoff, dangerous=False, open_to_all=True),
    Command(
        "note",
        "",
        "note",
        acknowledgement.write_note,
        frozenset({Takes.NOTE, Takes.REASON}),
        open_to_all=True,
        prompt="the note",
    ),
)


def refusal_reason(command: Command, snapshot: Snapshot, request: CommandRequest) -> str:
    """Why the command is refused now; empty if it is available, perhaps only with a reason."""
    if command.takes & {Takes.REASON, Takes.UNTIL}:
        request = replace(request, why=request.why or "to be given", until=request.until or "1h")
    decided = command.decide(snapshot, request)
    return decided.reason if isinstance(decided, Refusal) else ""


def find_command(verb: str) -> Command:
    """The row of a verb."""
    return next(command for command in COMMAND_TABLE if command.verb == verb)
