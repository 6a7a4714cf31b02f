"""A delta leads from a published build to a new one, and is skipped if the old manifest cannot be read."""

from pathlib import Path

import msgspec
import pytest
from backports import zstd

from cockpit.adapters.artifacts.delta_pack import publish_delta
from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.adapters.artifacts.publisher import publish
from cockpit.deploy.builds.build import delta_name, delta_pack_name, manifest_name
from cockpit.deploy.builds.manifest import Manifest, difference


def build(folder: Path, files: dict[str, str]) -> Manifest:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return scan(folder)


@pytest.fixture
def artifacts(tmp_path: Path) -> FolderArtifacts:
    return FolderArtifacts(tmp_path / "artifacts")


def test_a_delta_has_only_the_new_files_and_the_difference(artifacts: FolderArtifacts, tmp_path: Path) -> None:
    old = build(tmp_path / "old", {"same": "x" * 1000, "gone": "old"})
    new = build(tmp_path / "new", {"same": "x" * 1000, "moved": "old", "added": "new"})
    publish(artifacts, tmp_path / "old", old, (), tmp_path)
    publish_delta(artifacts, tmp_path / "new", old.id, new, tmp_path)
    parts = tmp_path / "artifacts"
    assert zstd.decompress((parts / delta_pack_name(new.id, old.id)).read_bytes()) == b"new"
    description = zstd.decompress((parts / delta_name(new.id, old.id)).read_bytes())
    assert description == msgspec.json.encode(difference(old, new))


@pytest.mark.parametrize("manifest", [None, b"not zstd", zstd.compress(b"{}")])
def test_a_missing_or_invalid_old_manifest_is_skipped(
    artifacts: FolderArtifacts, tmp_path: Path, manifest: bytes | None
) -> None:
    base, new = "b2" * 32, build(tmp_path / "new", {"added": "new"})
    if manifest is not None:
        (tmp_path / "manifest").write_bytes(manifest)
        artifacts.publish(manifest_name(base), tmp_path / "manifest")
    publish_delta(artifacts, tmp_path / "new", base, new, tmp_path)
    assert all(part.name.startswith(base) for part in artifacts.stored_parts())
