"""Reads what comes over as zstd: a manifest, a delta, the contents in a pack. Nothing in it is trusted."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from backports import zstd

from cockpit.deploy.builds.manifest import ManifestEntry
from cockpit.ports import Failed

MOST = 64 << 20
"""Bytes that a manifest or a delta may have: some half a million files. Few bytes can unpack to very many."""
CHUNK = 1 << 20


def unzip(path: Path) -> bytes:
    """What is compressed in `path`, to the last byte. Raises `Failed` where it is damaged or too large."""
    unpacking = zstd.ZstdDecompressor()
    try:
        raw = unpacking.decompress(path.read_bytes(), MOST)
    except zstd.ZstdError as error:
        raise damaged(str(error)) from error
    if not unpacking.eof:
        raise damaged("it ends too early" if unpacking.needs_input else f"it is larger than {MOST >> 20} MB")
    return raw


def unpacked(pack: Path, files: Iterable[ManifestEntry]) -> Iterator[tuple[ManifestEntry, Iterator[bytes]]]:
    """Each file of the pack with its content in chunks, which are to be taken before the next file is asked for.

    Raises `Failed` for a pack that is damaged or ends too early.
    """
    try:
        with zstd.ZstdFile(pack) as stream:
            for entry in files:
                yield entry, _chunks(stream, entry.size)
    except (zstd.ZstdError, EOFError) as error:
        raise damaged(str(error)) from error


def _chunks(stream: zstd.ZstdFile, size: int) -> Iterator[bytes]:
    left = size
    while left:
        try:
            chunk = stream.read(min(left, CHUNK))
        except (zstd.ZstdError, EOFError) as error:
            raise damaged(str(error)) from error
        if not chunk:
            raise damaged("it ends too early")
        left -= len(chunk)
        yield chunk


def damaged(how: str) -> Failed:
    """What to say of a pack that is not whole."""
    return Failed("the pack", f"it is damaged: {how}", "build it again")
