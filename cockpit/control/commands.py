"""The table of commands: key, dimmed footer, palette, verb, `--help`, `--dry-run` and confirmation all read a row.

Adding a command is adding a row here and, where it changes anything, a decision in `deploy.decisions`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cockpit.deploy import autopilot, decisions
from cockpit.deploy.plan import Ask, Plan, Refusal
from cockpit.deploy.snapshot import Snapshot

Decide = Callable[[Snapshot, Ask], Plan | Refusal]


class Takes(StrEnum):
    """What a command may be told besides --why."""

    REF = "ref"
    PULL = "pull"
    OVERRIDE = "override"
    MODE = "mode"


@dataclass(frozen=True)
class Command:
    """Something a commander can do."""

    verb: str
    """Its name in the shell and the palette."""
    key: str
    """Its key on the screen, in Textual's spelling; config may map it anew."""
    title: str
    """One or two words for the footer."""
    decide: Decide
    takes: frozenset[Takes] = frozenset()
    dangerous: bool = True
    """Whether the screen shows the plan's steps and asks first."""

    @property
    def help(self) -> str:
        """One sentence: the decision's docstring is the tooltip."""
        return (self.decide.__doc__ or "").strip().splitlines()[0]


ACTIONS: tuple[Command, ...] = (
    Command("start", "s", "start", decisions.start, frozenset({Takes.REF})),
    Command("advance", "a", "advance", decisions.advance, frozenset({Takes.OVERRIDE})),
    Command("hold", "h", "hold", decisions.hold, dangerous=False),
    Command("resume", "u", "resume", decisions.resume),
    Command("revert", "r", "revert PR", decisions.revert, frozenset({Takes.PULL})),
    Command("rollback", "R", "ROLL BACK", decisions.roll_back),
    Command("autopilot", "A", "autopilot", autopilot.switch, frozenset({Takes.MODE})),
    Command("finish", "f", "finish", decisions.finish, frozenset({Takes.OVERRIDE})),
    Command("abandon", "X", "abandon", decisions.abandon),
    Command("install", "I", "install", decisions.install, frozenset({Takes.REF})),
)


def refusal(command: Command, snapshot: Snapshot, ask: Ask) -> str:
    """Why the command is not available now; empty when it is."""
    decided = command.decide(snapshot, ask)
    return decided.reason if isinstance(decided, Refusal) else ""


def named(verb: str) -> Command:
    """The row of that verb."""
    return next(command for command in ACTIONS if command.verb == verb)
