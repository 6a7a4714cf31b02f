"""What may be done now, and what doing it means: snapshot and wish in, plan or refusal out."""

from cockpit.deploy.decisions.climbing import advance, finish, step_to
from cockpit.deploy.decisions.freezing import freeze, thaw
from cockpit.deploy.decisions.halting import hold, resume
from cockpit.deploy.decisions.noting import note
from cockpit.deploy.decisions.opening import install, start
from cockpit.deploy.decisions.undoing import abandon, revert, roll_back

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
