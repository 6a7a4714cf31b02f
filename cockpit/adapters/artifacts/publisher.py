"""Publishes a build: its packs first and its manifest last, so a build with a manifest is complete.

Every part that a host may need is made once, here: a full pack, and a delta from each build that hosts may hold. Hosts
then pull files, which costs the same for ten hosts as for ten thousand.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from backports import zstd

from cockpit.adapters.artifacts.delta_pack import publish_delta
from cockpit.adapters.artifacts.pack_writer import FULL_LEVEL, SMALL_LEVEL, write_pack
from cockpit.deploy.builds.build import full_name, manifest_name
from cockpit.deploy.builds.manifest import Manifest, packed_files
from cockpit.ports import Artifacts


def publish(artifacts: Artifacts, folder: Path, manifest: Manifest, bases: Iterable[str], scratch: Path) -> int:
    """Publish the build in `folder`, whose manifest is given; the size of its full pack in bytes.

    `bases` are the builds to make deltas from; one without a readable manifest is skipped. Blocks. Raises `Failed` and
    OSError; the next attempt reuses the parts that were published.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".packs-") as folder_name:
        parts = Path(folder_name)
        full, encoded = parts / "full", parts / "manifest"
        write_pack(folder, packed_files(manifest), full, FULL_LEVEL)
        artifacts.publish(full_name(manifest.id), full)
        for base in sorted({*bases} - {manifest.id, ""}):
            publish_delta(artifacts, folder, base, manifest, parts)
        encoded.write_bytes(zstd.compress(manifest.encode(), level=SMALL_LEVEL))
        artifacts.publish(manifest_name(manifest.id), encoded)
        return full.stat().st_size
