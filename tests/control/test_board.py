"""The one frozen picture: what is wrong with a source is foreign text."""

from time import time

from cockpit.control.board import Board
from tests.scenario import POLICY


def test_trouble_is_cleaned_whoever_tells_it_and_told_twice_changes_nothing() -> None:
    board = Board(POLICY, time)
    for _ in range(2):
        board.note_error("local_lease", "\x1b[31mred\nand \u202eback")
        assert board.snapshot.local_lease.error == "red and back"
        assert board.revision == 1
