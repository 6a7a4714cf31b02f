"""The metadata of a slot: which build it holds, once the build is complete.

Beside the folder `a`, `a.json` names the build and `a.manifest` lists its files. `a.json` exists only while the content
is complete: it is removed before the content changes, and written last.
"""

from pathlib import Path

import msgspec

from cockpit.agent.durable_write import remove_file, write_file
from cockpit.deploy.builds.manifest import InvalidManifest, Manifest, decode_manifest

SLOT_NAMES = ("a", "b", "c")


class SlotContent(msgspec.Struct, frozen=True):
    """The content of `a.json`."""

    build: str


def read_build(slot: Path) -> str:
    """Return the id of the complete build in the slot; empty if there is none."""
    try:
        content = msgspec.json.decode(slot.with_suffix(".json").read_bytes(), type=SlotContent)
    except (FileNotFoundError, msgspec.MsgspecError):
        return ""
    return content.build if slot.is_dir() else ""


def read_slot_manifest(slot: Path, build: str) -> Manifest | None:
    """Return the manifest of `build` beside the slot; None if it cannot be read or belongs to another build."""
    try:
        return decode_manifest(slot.with_suffix(".manifest").read_bytes(), build)
    except (OSError, InvalidManifest):
        return None


def mark_incomplete(slot: Path) -> None:
    """Record durably that the slot holds no complete build."""
    remove_file(slot.with_suffix(".json"))


def mark_complete(slot: Path, manifest: Manifest) -> None:
    """Record durably that the slot holds the build of this manifest."""
    write_file(slot.with_suffix(".manifest"), manifest.encode())
    write_file(slot.with_suffix(".json"), msgspec.json.encode(SlotContent(manifest.id)))
