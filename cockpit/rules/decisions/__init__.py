"""What may be done now, and what doing it means: snapshot and wish in, plan or refusal out."""

from cockpit.rules.decisions.advance import advance, finish, step_to
from cockpit.rules.decisions.freeze import freeze, thaw
from cockpit.rules.decisions.hold import hold, resume
from cockpit.rules.decisions.planner import note
from cockpit.rules.decisions.rollback import abandon, revert, roll_back
from cockpit.rules.decisions.start import install, start

__all__ = [
    "abandon",
    "advance",
    "finish",
    "freeze",
    "hold",
    "install",
    "note",
    "resume",
    "revert",
    "roll_back",
    "start",
    "step_to",
    "thaw",
]
