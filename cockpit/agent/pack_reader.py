"""Reads zstd data from the artifacts: a manifest, a delta, the files of a pack. None of it is trusted."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from backports import zstd

from cockpit.deploy.builds.manifest import ManifestEntry
from cockpit.ports import Failed

MAX_SIZE = 64 << 20
"""Bytes of a decompressed manifest or delta, about half a million files. A few bytes can decompress to many."""
CHUNK = 1 << 20
"""Bytes read at once."""


def decompress(path: Path) -> bytes:
    """Return the decompressed file. Raises `Failed` if it is damaged, incomplete or too large."""
    decompressor = zstd.ZstdDecompressor()
    try:
        raw = decompressor.decompress(path.read_bytes(), MAX_SIZE)
    except zstd.ZstdError as error:
        raise damaged_pack(str(error)) from error
    if not decompressor.eof:
        reason = "it ends too early" if decompressor.needs_input else f"it is larger than {MAX_SIZE >> 20} MB"
        raise damaged_pack(reason)
    return raw


def read_files(pack: Path, files: Iterable[ManifestEntry]) -> Iterator[tuple[ManifestEntry, Iterator[bytes]]]:
    """Yield each file of the pack with its content in chunks. Consume the chunks before the next file.

    Raises `Failed` if the pack is damaged or ends too early.
    """
    try:
        with zstd.ZstdFile(pack) as stream:
            for entry in files:
                yield entry, _chunks(stream, entry.size)
    except (zstd.ZstdError, EOFError) as error:
        raise damaged_pack(str(error)) from error


def _chunks(stream: zstd.ZstdFile, size: int) -> Iterator[bytes]:
    left = size
    while left:
        try:
            chunk = stream.read(min(left, CHUNK))
        except (zstd.ZstdError, EOFError) as error:
            raise damaged_pack(str(error)) from error
        if not chunk:
            raise damaged_pack("it ends too early")
        left -= len(chunk)
        yield chunk


def damaged_pack(reason: str) -> Failed:
    """Return the failure for damaged data."""
    return Failed("the pack", f"it is damaged: {reason}", "build it again")
