"""A build: an immutable artifact of one commit, named by its content, and the names of its parts."""

import re

from msgspec import Struct

MANIFEST, FULL = "manifest.zst", "full.zst"
_NAME = re.compile(r"([0-9a-f]{64})/(manifest\.zst|full\.zst|from-[0-9a-f]{64}\.(json|pack)\.zst)")


class Build(Struct, frozen=True):
    """What hosts run. The same commit and build command give the same id."""

    id: str
    """The sha256 of the manifest in hex, which an agent verifies after a pull."""
    commit: str
    size: int
    """Bytes to pull if the host has none of it."""
    files: int


def manifest_name(build: str) -> str:
    """The name of the compressed manifest."""
    return f"{build}/{MANIFEST}"


def full_name(build: str) -> str:
    """The name of the pack with all contents."""
    return f"{build}/{FULL}"


def delta_name(build: str, base: str) -> str:
    """The name of the compressed difference between the manifests of `base` and the build."""
    return f"{build}/from-{base}.json.zst"


def delta_pack_name(build: str, base: str) -> str:
    """The name of the pack with the contents that `base` lacks."""
    return f"{build}/from-{base}.pack.zst"


def is_pack(name: str) -> bool:
    """Whether the part with this name is a pack of contents."""
    return name.endswith((".pack.zst", f"/{FULL}"))


def build_of(name: str) -> str:
    """The build of the part with this name; empty if it is not the name of a part."""
    matched = _NAME.fullmatch(name)
    return matched[1] if matched else ""
