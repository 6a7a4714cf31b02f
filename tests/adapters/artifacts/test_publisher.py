"""A build is published with its manifest last, so a build with a manifest is complete."""

from pathlib import Path

import pytest

from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.adapters.artifacts.publisher import publish
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.ports import Failed


class RecordingArtifacts(FolderArtifacts):
    """Records the order of the parts; fails at the part `broken`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.names: list[str] = []
        self.broken = ""

    def publish(self, name: str, content: Path) -> None:
        if name == self.broken:
            raise Failed("artifacts", "the disk is full")
        self.names.append(name)
        super().publish(name, content)


def tree(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "page").write_text(text)
    return folder


def test_the_manifest_is_published_last(tmp_path: Path) -> None:
    artifacts = RecordingArtifacts(tmp_path / "artifacts")
    first = scan(tree(tmp_path / "one", "one"))
    size = publish(artifacts, tmp_path / "one", first, (), tmp_path)
    assert artifacts.names == [full_name(first.id), manifest_name(first.id)]
    assert size == (tmp_path / "artifacts" / full_name(first.id)).stat().st_size
    second = scan(tree(tmp_path / "two", "two"))
    artifacts.names.clear()
    publish(artifacts, tmp_path / "two", second, (first.id, second.id, "", "c3" * 32), tmp_path)
    delta = [delta_pack_name(second.id, first.id), delta_name(second.id, first.id)]
    assert artifacts.names == [full_name(second.id), *delta, manifest_name(second.id)]


def test_an_interrupted_publication_has_no_manifest_and_is_completed_by_the_next(tmp_path: Path) -> None:
    artifacts = RecordingArtifacts(tmp_path / "artifacts")
    manifest = scan(tree(tmp_path / "one", "one"))
    artifacts.broken = manifest_name(manifest.id)
    with pytest.raises(Failed, match="disk is full"):
        publish(artifacts, tmp_path / "one", manifest, (), tmp_path)
    assert [part.name for part in artifacts.stored_parts()] == [full_name(manifest.id)]
    artifacts.broken = ""
    publish(artifacts, tmp_path / "one", manifest, (), tmp_path)
    assert [part.name for part in artifacts.stored_parts()] == [full_name(manifest.id), manifest_name(manifest.id)]
    assert not list(tmp_path.glob(".packs-*"))
