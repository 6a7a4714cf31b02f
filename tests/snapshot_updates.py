"""Updates that put a whole snapshot on a board."""

from dataclasses import fields
from typing import cast

from cockpit.control.snapshot_update import SnapshotUpdate
from cockpit.deploy.snapshot import Snapshot


def whole_update(snapshot: Snapshot) -> SnapshotUpdate:
    """Every slice of the snapshot."""
    names = {field.name for field in fields(Snapshot)} - {"policy", "now"}
    return cast(SnapshotUpdate, {name: getattr(snapshot, name) for name in names})
