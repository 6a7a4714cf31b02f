"""Decisions: a snapshot and a command request in, a plan or a refusal out."""

from cockpit.rules.decisions.advance import advance
from cockpit.rules.decisions.finish import abandon, finish
from cockpit.rules.decisions.first_step import automatic_first_step
from cockpit.rules.decisions.freeze import freeze, thaw
from cockpit.rules.decisions.hold import hold, resume
from cockpit.rules.decisions.planner import record_fact
from cockpit.rules.decisions.reject import reject
from cockpit.rules.decisions.revert import revert
from cockpit.rules.decisions.rollback import roll_back
from cockpit.rules.decisions.start import install, start
from cockpit.rules.decisions.step import step_to
from cockpit.rules.decisions.withdraw import withdraw

__all__ = [
    "abandon",
    "advance",
    "automatic_first_step",
    "finish",
    "freeze",
    "hold",
    "install",
    "record_fact",
    "reject",
    "resume",
    "revert",
    "roll_back",
    "start",
    "step_to",
    "thaw",
    "withdraw",
]
