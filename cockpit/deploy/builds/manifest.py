"""The manifest of a build, and the difference between two manifests.

A manifest lists every file with its mode, size and digest. Its own sha256 is the build's id, so an agent can verify
everything that a target names and need not trust the artifact store. Times, owners and the builder's umask are not
part of it: the same tree gives the same id.

A pack holds the contents of files one after the other, without names: their order follows from the manifest.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, KeysView, Mapping
from enum import StrEnum
from functools import cached_property

import msgspec
from msgspec import Struct

from cockpit.deploy.text import clean, short

MAX_SYMLINK_HOPS = 40
"""The most symlinks in a chain, as in the Linux kernel."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PART = "(?!\\.{1,2}(?:/|$))[^/\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
_SOUND = re.compile(f"{_PART}(?:/{_PART})*")


class Mode(StrEnum):
    """The type of an entry, as a git file mode."""

    FILE = "100644"
    EXECUTABLE = "100755"
    SYMLINK = "120000"
    FOLDER = "040000"


_FILES = frozenset({Mode.FILE, Mode.EXECUTABLE})


class ManifestEntry(Struct, frozen=True, array_like=True, gc=False):
    """One path of a build, relative to its root."""

    path: str
    mode: Mode
    size: int = 0
    """Bytes; 0 if it is not a file."""
    sha256: str = ""
    """The digest of the content in hex; empty if it is not a file."""
    link: str = ""
    """The target of a symlink."""

    @property
    def is_file(self) -> bool:
        return self.mode in _FILES


class Manifest(Struct, frozen=True, dict=True):
    """Every file, symlink and folder of a build, by path."""

    entries: tuple[ManifestEntry, ...]

    def encode(self) -> bytes:
        """The bytes whose digest is the build's id."""
        return msgspec.json.encode(self)

    @property
    def id(self) -> str:
        return build_id(self.encode())

    @property
    def size(self) -> int:
        """The bytes of all files on disk."""
        return sum(entry.size for entry in self.entries)

    @cached_property
    def by_path(self) -> Mapping[str, ManifestEntry]:
        return {entry.path: entry for entry in self.entries}

    @cached_property
    def by_digest(self) -> Mapping[str, ManifestEntry]:
        """Each content by digest, with one file that has it."""
        return {entry.sha256: entry for entry in self.entries if entry.sha256}

    @property
    def digests(self) -> KeysView[str]:
        """The digests of all contents."""
        return self.by_digest.keys()


class Delta(Struct, frozen=True):
    """The difference of two manifests: remove the paths in `removed`, then add or replace the entries in `put`."""

    removed: tuple[str, ...]
    put: tuple[ManifestEntry, ...]


class InvalidManifest(Exception):
    """The manifest is not the requested one or has forbidden entries. The reason can be shown."""


def build_id(raw: bytes) -> str:
    """The id of the build with the encoded manifest `raw`."""
    return hashlib.sha256(raw).hexdigest()


def read_manifest(raw: bytes, build: str) -> Manifest:
    """Decode the manifest of `build` and verify that it is safe to write to a disk. Raises `InvalidManifest`."""
    return validate(decode_manifest(raw, build))


def patch_manifest(old: Manifest, delta: Delta, build: str) -> Manifest:
    """Apply a delta to a valid manifest and verify that the result is that of `build`. Raises `InvalidManifest`."""
    manifest = apply_delta(old, delta)
    if (is_one := build_id(manifest.encode())) != build:
        raise InvalidManifest(_another(build, is_one))
    return validate(manifest, delta.put)


def decode_manifest(raw: bytes, build: str) -> Manifest:
    """Decode the manifest of `build`, already validated before. Raises `InvalidManifest` if the digest differs."""
    if (is_one := build_id(raw)) != build:
        raise InvalidManifest(_another(build, is_one))
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidManifest(f"the manifest of {short(build)} is damaged: {clean(str(error))}") from error


def validate(manifest: Manifest, fresh: Collection[ManifestEntry] | None = None) -> Manifest:
    """Validate that no path or symlink leads out of the build's folder. Raises `InvalidManifest`.

    If `fresh` is given, only these entries are new: the others are known to be well-formed. How the paths and symlinks
    fit together is always checked.
    """
    for entry in manifest.entries if fresh is None else fresh:
        if not _SOUND.fullmatch(entry.path):
            raise InvalidManifest(_unsound(entry.path))
        if entry.size < 0 or len(entry.sha256) != (64 if entry.mode in _FILES else 0):
            raise InvalidManifest(f"{clean(entry.path)} has an invalid size or digest")
    by_path = manifest.by_path
    if len(by_path) < len(manifest.entries):
        twice = Counter(entry.path for entry in manifest.entries).most_common(1)[0][0]
        raise InvalidManifest(f"{clean(twice)} is listed twice")
    links = {entry.path: entry.link for entry in manifest.entries if entry.mode is Mode.SYMLINK}
    for folder in {path.rpartition("/")[0] for path in by_path} - {""}:
        for parent in (*parent_folders(folder), folder):
            if parent in by_path and by_path[parent].mode is not Mode.FOLDER:
                raise InvalidManifest(f"{clean(parent)} is both a folder and something else")
    for path, link in links.items():
        if not stays_inside(path, links):
            raise InvalidManifest(f"the symlink {clean(path)} leads outside, to {clean(link)!r}")
    return manifest


def _another(build: str, is_one: str) -> str:
    return f"what came is not the manifest of {short(build)}: its digest is {short(is_one)}"


def parent_folders(path: str) -> tuple[str, ...]:
    """`a/b/c` is in `a` and `a/b`."""
    parts = path.split("/")
    return tuple("/".join(parts[:count]) for count in range(1, len(parts)))


def unprintable(text: str) -> bool:
    """Whether it has control characters or is not UTF-8 (Python marks that by surrogates)."""
    return _UNPRINTABLE.search(text) is not None


def _unsound(path: str) -> str:
    if unprintable(path) or path.startswith("/") or ".." in path.split("/"):
        return f"the path {clean(path)!r} is absolute, has .. or has control characters"
    return f"the path {clean(path)!r} is not normalised"


def stays_inside(path: str, links: Mapping[str, str]) -> bool:
    """Whether the symlink at `path` stays inside the build, through all other symlinks. `links` maps paths to targets.

    A path that is not in `links` is taken to be a folder. A loop of symlinks does not stay inside.
    """
    at = path.split("/")[:-1]
    to_go = [links[path]]
    for _ in range(MAX_SYMLINK_HOPS):
        if not to_go:
            return True
        target = to_go.pop()
        if not target or target.startswith("/") or unprintable(target):
            return False
        parts = target.split("/")
        for number, part in enumerate(parts):
            if part == "..":
                if not at:
                    return False
                at.pop()
            elif part not in ("", "."):
                at.append(part)
                if (link := links.get("/".join(at))) is not None:
                    at.pop()
                    rest = "/".join(parts[number + 1 :])
                    to_go += [rest] if rest else []
                    to_go.append(link)
                    break
    return False


def difference(old: Manifest, new: Manifest) -> Delta:
    """The delta from `old` to `new`."""
    before, after = old.by_path, new.by_path
    return Delta(
        tuple(path for path in before if path not in after),
        tuple(entry for entry in new.entries if before.get(entry.path) != entry),
    )


def apply_delta(old: Manifest, delta: Delta) -> Manifest:
    """Apply a delta. The caller compares the id of the result with the expected one."""
    entries = dict(old.by_path)
    for path in delta.removed:
        entries.pop(path, None)
    entries.update((entry.path, entry) for entry in delta.put)
    return Manifest(tuple(entries[path] for path in sorted(entries)))


def packed_files(manifest: Manifest, without: Collection[str] = ()) -> tuple[ManifestEntry, ...]:
    """The files of a pack in its order: each content once, except those in `without`."""
    first: dict[str, ManifestEntry] = {}
    for entry in manifest.entries:
        if entry.is_file and entry.sha256 not in without:
            first.setdefault(entry.sha256, entry)
    return tuple(first.values())
