"""An immutable artifact of one commit, named by its content, and where its parts are kept."""

import re

from msgspec import Struct

MANIFEST, FULL = "manifest.zst", "full.zst"
_NAME = re.compile(r"([0-9a-f]{64})/(manifest\.zst|full\.zst|from-[0-9a-f]{64}\.(json|pack)\.zst)")


class Build(Struct, frozen=True):
    """What hosts run. Same commit and command give the same id."""

    id: str
    """sha256 of the manifest, in hex; what an agent verifies after pulling."""
    commit: str
    size: int
    """Bytes to pull where nothing of it is on the host."""
    files: int


def manifest_name(build: str) -> str:
    """The manifest, compressed."""
    return f"{build}/{MANIFEST}"


def full_name(build: str) -> str:
    """The pack of every content."""
    return f"{build}/{FULL}"


def delta_name(build: str, base: str) -> str:
    """How the manifest differs from that of `base`, compressed."""
    return f"{build}/from-{base}.json.zst"


def delta_pack_name(build: str, base: str) -> str:
    """The pack of the contents that `base` has not."""
    return f"{build}/from-{base}.pack.zst"


def is_pack(name: str) -> bool:
    """Whether the part of that name holds contents rather than a description."""
    return name.endswith((".pack.zst", f"/{FULL}"))


def build_of(name: str) -> str:
    """The build that a part of that name belongs to; empty where it is no name of a part."""
    matched = _NAME.fullmatch(name)
    return matched[1] if matched else ""
