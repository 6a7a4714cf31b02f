"""Delta packs: the files that lead from one build to another, for hosts that hold the older build.

A delta is two parts: a pack of the files that the older build does not have, and a description of the difference
between the two manifests.
"""

from pathlib import Path

import msgspec
from backports import zstd

from cockpit.adapters.artifacts.pack_writer import SMALL_LEVEL, write_pack
from cockpit.deploy.builds.build import delta_name, delta_pack_name, manifest_name
from cockpit.deploy.builds.manifest import InvalidManifest, Manifest, difference, packed_files, read_manifest
from cockpit.ports import Artifacts, Failed


def publish_delta(artifacts: Artifacts, folder: Path, base: str, manifest: Manifest, scratch: Path) -> None:
    """Publish the delta from the build `base` to the build in `folder`, whose manifest is given.

    Does nothing if the manifest of `base` is missing or invalid: hosts on that build then pull a full pack.
    """
    old = _published_manifest(artifacts, base, scratch / f"{base}.manifest")
    if old is None:
        return
    pack, description = scratch / f"{base}.pack", scratch / f"{base}.json"
    write_pack(folder, packed_files(manifest, old.digests), pack, SMALL_LEVEL)
    artifacts.publish(delta_pack_name(manifest.id, base), pack)
    description.write_bytes(zstd.compress(msgspec.json.encode(difference(old, manifest)), level=SMALL_LEVEL))
    artifacts.publish(delta_name(manifest.id, base), description)


def _published_manifest(artifacts: Artifacts, build: str, into: Path) -> Manifest | None:
    try:
        artifacts.pull(manifest_name(build), into)
        return read_manifest(zstd.decompress(into.read_bytes()), build)
    except (Failed, InvalidManifest, zstd.ZstdError):
        return None
