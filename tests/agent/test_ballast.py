"""The ballast is real space, is freed piece by piece while the disk is full, and is restored once there is room."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.agent.ballast import PIECES, Ballast

SIZE = 256 << 10


@pytest.fixture
def ballast(tmp_path: Path) -> Ballast:
    kept = Ballast(tmp_path, SIZE)
    kept.restore()
    return kept


def failing(number: int, code: int = errno.ENOSPC) -> Callable[[], None]:
    """A write that fails `number` times."""
    left = [number]

    def write() -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(code, os.strerror(code))

    return write


def test_the_ballast_is_made_of_real_blocks(ballast: Ballast, tmp_path: Path) -> None:
    found = (tmp_path / "ballast").stat()
    assert (found.st_size, ballast.missing, ballast.problem()) == (SIZE, 0, "")
    assert found.st_blocks * 512 >= SIZE


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_each_write_that_finds_no_room_takes_a_piece(ballast: Ballast, code: int) -> None:
    ballast.give_room(failing(0, code))
    assert ballast.missing == 0
    ballast.give_room(failing(1, code))
    ballast.give_room(failing(2, code))
    assert ballast.missing == 3 * SIZE // PIECES
    assert ballast.problem() == "208 of 256 kB are kept for a rollback; free some space"
    ballast.restore()
    assert ballast.missing == 0


def test_the_error_is_raised_once_nothing_is_left(ballast: Ballast, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        ballast.give_room(failing(PIECES + 1))
    assert not (tmp_path / "ballast").exists(), "its inode is needed too"
    assert ballast.missing == SIZE


def test_another_error_frees_nothing(ballast: Ballast) -> None:
    with pytest.raises(OSError, match="error"):
        ballast.give_room(failing(1, errno.EIO))
    assert ballast.missing == 0


def test_the_ballast_does_not_fill_the_disk_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Small:
        f_bavail, f_frsize = 3 * SIZE // 2, 1

    monkeypatch.setattr(os, "statvfs", lambda _: Small)
    ballast = Ballast(tmp_path, SIZE)
    ballast.restore()
    assert ballast.missing == SIZE


def test_no_ballast_is_kept_if_its_size_is_0(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, 0)
    ballast.restore()
    assert list(tmp_path.iterdir()) == []
    assert ballast.problem() == ""
