"""Compressed data is read to its last byte, and damaged or oversized data is refused."""

from collections import deque
from pathlib import Path

import pytest
from backports import zstd

from cockpit.agent import pack_reader as module
from cockpit.agent.pack_reader import decompress, read_files
from cockpit.deploy.builds.manifest import ManifestEntry, Mode
from cockpit.ports import Failed

FILES = tuple(ManifestEntry(name, Mode.FILE, size, "a" * 64) for name, size in (("a", 3), ("b", 0), ("c", 5)))


def stored(folder: Path, raw: bytes) -> Path:
    path = folder / "part"
    path.write_bytes(raw)
    return path


def test_a_part_is_decompressed(tmp_path: Path) -> None:
    assert decompress(stored(tmp_path, zstd.compress(b"hello" * 1000))) == b"hello" * 1000


@pytest.mark.parametrize("size", [15, 16])
def test_a_part_may_be_as_large_as_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(module, "MAX_SIZE", 16)
    assert decompress(stored(tmp_path, zstd.compress(b"x" * size))) == b"x" * size


def test_a_part_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SIZE", 1 << 20)
    with pytest.raises(Failed, match="it is larger than 1 MB"):
        decompress(stored(tmp_path, zstd.compress(bytes((1 << 20) + 1))))


@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: b"not zstd", lambda raw: raw[:-1]])
def test_a_damaged_part_is_refused(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    with pytest.raises(Failed, match=r"the pack: it is damaged: .*; build it again"):
        decompress(stored(tmp_path, damage(zstd.compress(b"hello" * 1000))))


def test_the_files_of_a_pack_come_in_order_and_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    pack = stored(tmp_path, zstd.compress(b"abc12345"))
    assert [(entry.path, list(chunks)) for entry, chunks in read_files(pack, FILES)] == [
        ("a", [b"ab", b"c"]),
        ("b", []),
        ("c", [b"12", b"34", b"5"]),
    ]


def test_a_pack_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    pack = stored(tmp_path, zstd.compress(b"abc1234"))
    files = read_files(pack, FILES)
    with pytest.raises(Failed, match="it ends too early"):
        deque(list(chunks) for _, chunks in files)
