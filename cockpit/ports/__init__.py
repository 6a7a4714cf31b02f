"""Interfaces of the systems outside cockpit, one module for each system, and the errors they raise.

Adapters implement them. Everything else imports them from here.
"""

from cockpit.ports.alerts import Alerts
from cockpit.ports.artifacts import Artifacts, Builder, ProgressCallback, StoredPart, ignore_progress
from cockpit.ports.commands import CommandOutcome, Commands
from cockpit.ports.error_reports import ErrorReports
from cockpit.ports.failures import (
    MAYBE_DONE,
    Conflict,
    Failed,
    MergeConflict,
    Refused,
    Unconfirmed,
    Withdrawn,
    internal_error,
)
from cockpit.ports.forge import Forge
from cockpit.ports.metrics import Metrics
from cockpit.ports.notifications import MessageRejected, Notifier
from cockpit.ports.repository import (
    History,
    PushedRevert,
    ReleaseBranch,
    Repository,
    RevertTrial,
    Trial,
    still_wanted,
)
from cockpit.ports.rota import RotaSource
from cockpit.ports.smoke_test import Smoke
from cockpit.ports.store import Check, Delete, Entry, Lease, Locks, Put, Store, Write

__all__ = [
    "MAYBE_DONE",
    "Alerts",
    "Artifacts",
    "Builder",
    "Check",
    "CommandOutcome",
    "Commands",
    "Conflict",
    "Delete",
    "Entry",
    "ErrorReports",
    "Failed",
    "Forge",
    "History",
    "Lease",
    "Locks",
    "MergeConflict",
    "MessageRejected",
    "Metrics",
    "Notifier",
    "ProgressCallback",
    "PushedRevert",
    "Put",
    "Refused",
    "ReleaseBranch",
    "Repository",
    "RevertTrial",
    "RotaSource",
    "Smoke",
    "Store",
    "StoredPart",
    "Trial",
    "Unconfirmed",
    "Withdrawn",
    "Write",
    "ignore_progress",
    "internal_error",
    "still_wanted",
]
