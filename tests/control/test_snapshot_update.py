from typing import get_args, get_origin, get_type_hints

from cockpit.control.snapshot_update import SliceName, SnapshotUpdate
from cockpit.deploy.snapshot import Seen, Snapshot


def test_an_update_has_the_fields_of_a_snapshot_with_their_types() -> None:
    fields = {name: kind for name, kind in get_type_hints(Snapshot).items() if name not in {"policy", "now"}}
    assert get_type_hints(SnapshotUpdate) == fields


def test_the_slices_are_the_fields_that_can_have_an_error() -> None:
    slices = {name for name, kind in get_type_hints(Snapshot).items() if get_origin(kind) is Seen}
    assert set(get_args(SliceName)) == slices
