"""Manifests are validated, and two of them differ by a delta."""

import os
import random
from pathlib import Path

import pytest

from cockpit.deploy.builds.manifest import (
    Delta,
    InvalidManifest,
    Manifest,
    ManifestEntry,
    Mode,
    apply_delta,
    difference,
    packed_files,
    patch_manifest,
    read_manifest,
    stays_inside,
)

A, B = "a" * 64, "b" * 64


def file(path: str, digest: str = A, size: int = 1) -> ManifestEntry:
    return ManifestEntry(path, Mode.FILE, size, digest)


def link(path: str, to: str) -> ManifestEntry:
    return ManifestEntry(path, Mode.SYMLINK, link=to)


def read(*entries: ManifestEntry) -> Manifest:
    manifest = Manifest(entries)
    return read_manifest(manifest.encode(), manifest.id)


def test_an_encoded_manifest_can_be_read() -> None:
    entries = (
        file("a"),
        ManifestEntry("d", Mode.FOLDER),
        ManifestEntry("d/x", Mode.EXECUTABLE, 2, B),
        link("d/y", "../a"),
    )
    assert read(*entries) == Manifest(entries)


REFUSED = {
    "upwards": ([file("../evil")], "is absolute, has"),
    "upwards inside": ([file("a/../../evil")], "is absolute, has"),
    "absolute": ([file("/tmp/evil")], "absolute"),
    "escape code": ([file("a\x1b[2Jb")], "control characters"),
    "new line": ([file("a\nb")], "control characters"),
    "the root": ([file(".")], "not normalised"),
    "nothing": ([file("")], "not normalised"),
    "a detour": ([file("a//b")], "not normalised"),
    "twice": ([file("a"), file("a", B)], "twice"),
    "file and folder": ([file("a"), file("a/b")], "both"),
    "folder and file": ([file("a/b/c"), file("a/b")], "both"),
    "through a link": ([file("d/x"), link("l", "d"), file("l/x")], "both"),
    "no digest": ([file("a", "")], "digest"),
    "less than nothing": ([file("a", size=-1)], "digest"),
    "absolute link": ([link("l", "/etc/passwd")], "leads outside"),
    "empty link": ([link("l", "")], "leads outside"),
    "link upwards": ([link("d/l", "../../x")], "leads outside"),
    "link out through a link": ([link("x/y/up", "../.."), link("out", "x/y/up/../../..")], "leads outside"),
    "the same, innocent to read": ([link("x/y/up", "../.."), link("out", "x/y/up/..")], "leads outside"),
    "a ring": ([link("a", "b"), link("b", "a")], "leads outside"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_harmful_manifest_is_refused(case: str) -> None:
    entries, reason = REFUSED[case]
    with pytest.raises(InvalidManifest, match=reason) as caught:
        read(*entries)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("case", sorted(REFUSED.keys() - {"twice"}))  # a delta has one entry for a path
def test_a_harmful_delta_is_refused(case: str) -> None:
    entries, reason = REFUSED[case]
    known = Manifest((file("z"),))
    delta = Delta((), tuple(entries))
    with pytest.raises(InvalidManifest, match=reason):
        patch_manifest(known, delta, apply_delta(known, delta).id)


@pytest.mark.parametrize("last", [False, True])
def test_a_delta_that_replaces_a_kept_folder_by_a_file_is_refused(last: bool) -> None:
    known = Manifest((file("a/b/c"), file("d")))
    delta = Delta(("d",) if last else (), (file("a/b"),))
    with pytest.raises(InvalidManifest, match="both"):
        patch_manifest(known, delta, apply_delta(known, delta).id)


def test_a_delta_that_gives_another_build_is_refused() -> None:
    known, wanted = Manifest((file("a"),)), Manifest((file("a", B),))
    assert patch_manifest(known, difference(known, wanted), wanted.id) == wanted
    for wrong in (
        Delta((), ()),
        Delta(("a",), ()),
        Delta((), (file("a", B, 2),)),
        Delta((), (file("a", B), file("b"))),
    ):
        with pytest.raises(InvalidManifest, match="is not the manifest of"):
            patch_manifest(known, wrong, wanted.id)


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_a_truncated_manifest_is_refused(cut: int) -> None:
    manifest = Manifest((file("a"),))
    with pytest.raises(InvalidManifest, match="is not the manifest of"):
        read_manifest(manifest.encode()[:-1][:cut], manifest.id)


def test_an_invalid_manifest_is_refused() -> None:
    import hashlib

    for raw in (
        b"",
        b"{}",
        b"[" * 100_000,
        b'{"entries":[["a","100644"]]}',
        b'{"entries":[["a","777",1,"x"]]}',
        b"\xff",
    ):
        with pytest.raises(InvalidManifest):
            read_manifest(raw, hashlib.sha256(raw).hexdigest())


def test_symlinks_are_resolved_as_the_kernel_does(tmp_path: Path) -> None:
    """Random symlinks through folders and each other: none that is safe leads out of the real folder."""
    dice = random.Random(6)
    safe = 0
    for trial in range(300):
        root = tmp_path / str(trial) / "in/root"
        names = [f"d{n}/l{m}" for n in range(2) for m in range(3)]
        links = {
            name: "/".join(dice.choices(("..", "d0", "d1", "l0", "l1", "l2", "."), k=dice.randint(1, 4)))
            for name in names
        }
        for name, to in links.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(to, root / name)
        for name in names:
            if stays_inside(name, links):
                safe += 1
                assert Path(os.path.realpath(root / name)).is_relative_to(root)
    assert safe > 300


def test_a_delta_turns_one_manifest_into_the_other() -> None:
    old = Manifest((file("a"), file("b"), ManifestEntry("d", Mode.FOLDER), file("d/c")))
    new = Manifest((file("a"), file("b", B), ManifestEntry("e", Mode.FOLDER), link("e/l", "../a")))
    delta = difference(old, new)
    assert set(delta.removed) == {"d", "d/c"}
    assert [entry.path for entry in delta.put] == ["b", "e", "e/l"]
    assert apply_delta(old, delta) == new
    assert apply_delta(new, difference(new, new)) == new


def test_a_pack_has_each_missing_content_once() -> None:
    manifest = Manifest((file("a"), file("b", B), file("c"), link("l", "a")))
    assert packed_files(manifest) == (file("a"), file("b", B))
    assert packed_files(manifest, {A}) == (file("b", B),)


def test_the_digests_are_those_of_all_contents() -> None:
    assert set(Manifest((file("a"), file("b"), file("c", B), link("l", "a"))).digests) == {A, B}
