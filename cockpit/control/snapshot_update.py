"""The typed update of a snapshot: which slices there are, and the type of each."""

from typing import Literal, TypedDict

from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.gate.traffic import Traffic
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.locks import Holder
from cockpit.deploy.outbox import Outbox
from cockpit.deploy.plan import Preview
from cockpit.deploy.pulls.reviews import Reviews
from cockpit.deploy.rehearsal import Rehearsal
from cockpit.deploy.schedule.presence import LastVisit, Presence
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Judgement, Log, Seen, StoredTarget
from cockpit.deploy.suspects.ranking import Suspect

SliceName = Literal[
    "log",
    "targets",
    "statuses",
    "judgement",
    "engine",
    "local_engine",
    "local_lease",
    "commander",
    "presence",
    "last_visit",
    "traffic",
    "alerts",
    "preview",
    "rehearsal",
    "reviews",
    "suspects",
    "outbox",
    "rota",
    "startup",
    "replay",
]
"""A slice of the snapshot: a field of `Snapshot` that is a `Seen`."""


class SnapshotUpdate(TypedDict, total=False):
    """New values for some of a snapshot's fields, with the types that `Snapshot` declares."""

    log: Seen[Log]
    targets: Seen[dict[str, StoredTarget]]
    statuses: Seen[dict[str, Status]]
    judgement: Seen[Judgement | None]
    engine: Seen[Holder]
    local_engine: Seen[None]
    local_lease: Seen[None]
    commander: Seen[Holder]
    presence: Seen[Presence | None]
    last_visit: Seen[LastVisit | None]
    traffic: Seen[Traffic]
    alerts: Seen[tuple[Alert, ...] | None]
    preview: Seen[Preview | None]
    rehearsal: Seen[Rehearsal]
    reviews: Seen[Reviews]
    suspects: Seen[tuple[Suspect, ...]]
    outbox: Seen[Outbox]
    rota: Seen[Rota | None]
    zone: str
    startup: Seen[str]
    replay: Seen[str]
