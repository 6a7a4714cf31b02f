"""Publishes a build: its packs first and its manifest last, so that a build that is there is there whole.

Everything a host may need is made here, once: a full pack, and for each build that the fleet may hold what leads from
that one to this. What a host asks for is a file, and costs the same for ten hosts as for ten thousand.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
from backports import zstd

from cockpit.adapters.artifacts.pack_writer import DELTA_LEVEL, LEVEL, write_pack
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.deploy.builds.manifest import InvalidManifest, Manifest, difference, packed_files, read_manifest
from cockpit.ports import Artifacts, Failed


def publish(artifacts: Artifacts, folder: Path, manifest: Manifest, bases: Iterable[str], scratch: Path) -> int:
    """Publish `folder`, whose manifest this is; the bytes of its full pack.

    `bases` are builds to make deltas from; one whose manifest cannot be had is left out. Blocks. Raises `Failed` and
    OSError; what was published by then is used by the next try.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".packs-") as made:
        place = Path(made)
        build = manifest.id
        full = place / "full"
        write_pack(folder, packed_files(manifest), full, LEVEL)
        artifacts.publish(full_name(build), full)
        for base in sorted({*bases} - {build, ""}):
            old = _manifest_of(artifacts, base, place / "base")
            if old is not None:
                _publish_delta(artifacts, folder, old, manifest, place)
        described = place / "manifest"
        described.write_bytes(zstd.compress(manifest.encode(), level=DELTA_LEVEL))
        artifacts.publish(manifest_name(build), described)
        return full.stat().st_size


def _publish_delta(artifacts: Artifacts, folder: Path, old: Manifest, new: Manifest, place: Path) -> None:
    base, build = old.id, new.id
    pack, described = place / f"{base}.pack", place / f"{base}.json"
    write_pack(folder, packed_files(new, old.digests), pack, DELTA_LEVEL)
    artifacts.publish(delta_pack_name(build, base), pack)
    described.write_bytes(zstd.compress(msgspec.json.encode(difference(old, new)), level=DELTA_LEVEL))
    artifacts.publish(delta_name(build, base), described)


def _manifest_of(artifacts: Artifacts, build: str, into: Path) -> Manifest | None:
    """None where it cannot be had: hosts on that build then pull all of the new one."""
    try:
        artifacts.pull(manifest_name(build), into)
        return read_manifest(zstd.decompress(into.read_bytes()), build)
    except (Failed, InvalidManifest, zstd.ZstdError):
        return None
