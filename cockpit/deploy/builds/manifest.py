"""What a build consists of, and how two builds differ. Pure.

A build is its manifest: every file with its mode, size and digest. The manifest's own sha256 is the build's id, so
what a target names is verified all the way down and the place that builds come from needs no trust. Times, owners and
the umask of the builder are no part of it: the same tree gives the same id.

A pack is the contents of files one after the other, without names: which they are follows from the manifest.
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
"""Symlinks that lead on from one to the next; the kernel follows no more either."""


_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


_PART = "(?!\\.{1,2}(?:/|$))[^/\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
_SOUND = re.compile(f"{_PART}(?:/{_PART})*")


class Mode(StrEnum):
    """What an entry is, as git says it."""

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
    """Bytes; 0 for what is not a file."""
    sha256: str = ""
    """Of the content, in hex; empty for what is not a file."""
    link: str = ""
    """What a symlink says."""

    @property
    def is_file(self) -> bool:
        return self.mode in _FILES


class Manifest(Struct, frozen=True, dict=True):
    """Every file, symlink and folder of a build, by path. An agent keeps those it holds, and what is asked of them."""

    entries: tuple[ManifestEntry, ...]

    def encode(self) -> bytes:
        """The bytes whose digest is the build's id."""
        return msgspec.json.encode(self)

    @property
    def id(self) -> str:
        return build_id(self.encode())

    @property
    def size(self) -> int:
        """Bytes of all files as they lie on a disk."""
        return sum(entry.size for entry in self.entries)

    @cached_property
    def by_path(self) -> Mapping[str, ManifestEntry]:
        return {entry.path: entry for entry in self.entries}

    @cached_property
    def by_digest(self) -> Mapping[str, ManifestEntry]:
        """Every content there is in it, with one of the files that have it."""
        return {entry.sha256: entry for entry in self.entries if entry.sha256}

    @property
    def digests(self) -> KeysView[str]:
        """Every content there is in it."""
        return self.by_digest.keys()


class Delta(Struct, frozen=True):
    """How to make one manifest of another: take out `removed`, then put `put` in."""

    removed: tuple[str, ...]
    put: tuple[ManifestEntry, ...]


class InvalidManifest(Exception):
    """A manifest that is not what was asked for, or that holds what it must not; the reason is fit to be shown."""


def build_id(raw: bytes) -> str:
    """The id of the build whose manifest is `raw`."""
    return hashlib.sha256(raw).hexdigest()


def read_manifest(raw: bytes, build: str) -> Manifest:
    """The manifest of `build`, verified and safe to be laid out on a disk. Raises `InvalidManifest`."""
    return validate(decode_manifest(raw, build))


def patch_manifest(old: Manifest, delta: Delta, build: str) -> Manifest:
    """The manifest of `build`, made of one that was checked and verified as a whole. Raises `InvalidManifest`."""
    manifest = apply_delta(old, delta)
    if (is_one := build_id(manifest.encode())) != build:
        raise InvalidManifest(_another(build, is_one))
    return validate(manifest, delta.put)


def decode_manifest(raw: bytes, build: str) -> Manifest:
    """The manifest of `build`, as it was when it was checked once. Raises `InvalidManifest` where this is not it."""
    if (is_one := build_id(raw)) != build:
        raise InvalidManifest(_another(build, is_one))
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidManifest(f"the manifest of {short(build)} is damaged: {clean(str(error))}") from error


def validate(manifest: Manifest, fresh: Collection[ManifestEntry] | None = None) -> Manifest:
    """The same, once nothing in it could lead out of its folder. Raises `Unfit`.

    Where only `fresh` may be new in it, the form of the others is known; how they lie together is looked at anew.
    """
    for entry in manifest.entries if fresh is None else fresh:
        if not _SOUND.fullmatch(entry.path):
            raise InvalidManifest(_unsound(entry.path))
        if entry.size < 0 or len(entry.sha256) != (64 if entry.mode in _FILES else 0):
            raise InvalidManifest(f"{clean(entry.path)} has no sound size and digest")
    seen = manifest.by_path
    if len(seen) < len(manifest.entries):
        twice = Counter(entry.path for entry in manifest.entries).most_common(1)[0][0]
        raise InvalidManifest(f"{clean(twice)} is in it twice")
    links = {entry.path: entry.link for entry in manifest.entries if entry.mode is Mode.SYMLINK}
    for folder in {path.rpartition("/")[0] for path in seen} - {""}:
        for parent in (*parent_folders(folder), folder):
            if parent in seen and seen[parent].mode is not Mode.FOLDER:
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
    """Whether it has control characters or is not UTF-8 (which Python marks by surrogates)."""
    return _UNPRINTABLE.search(text) is not None


def _unsound(path: str) -> str:
    if unprintable(path) or path.startswith("/") or ".." in path.split("/"):
        return f"the path {clean(path)!r} is absolute, leads upwards or has control characters"
    return f"the path {clean(path)!r} is not in its simplest form"


def stays_inside(path: str, links: Mapping[str, str]) -> bool:
    """Whether the symlink at `path` stays inside, however it goes through the others: `links` says where each leads.

    What is not known to be a symlink is taken for a folder; a ring of symlinks is refused.
    """
    at = path.split("/")[:-1]
    to_go = [links[path]]
    for _ in range(MAX_SYMLINK_HOPS):
        if not to_go:
            return True
        way = to_go.pop()
        if not way or way.startswith("/") or unprintable(way):
            return False
        parts = way.split("/")
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
    """What makes `new` of `old`."""
    before, after = old.by_path, new.by_path
    return Delta(
        tuple(path for path in before if path not in after),
        tuple(entry for entry in new.entries if before.get(entry.path) != entry),
    )


def apply_delta(old: Manifest, delta: Delta) -> Manifest:
    """The manifest that `delta` makes of `old`; only its id tells whether it is the right one."""
    entries = dict(old.by_path)
    for path in delta.removed:
        entries.pop(path, None)
    entries.update((entry.path, entry) for entry in delta.put)
    return Manifest(tuple(entries[path] for path in sorted(entries)))


def packed_files(manifest: Manifest, without: Collection[str] = ()) -> tuple[ManifestEntry, ...]:
    """The files whose contents a pack has, in its order: each content once, but for those in `without`."""
    first: dict[str, ManifestEntry] = {}
    for entry in manifest.entries:
        if entry.is_file and entry.sha256 not in without:
            first.setdefault(entry.sha256, entry)
    return tuple(first.values())
