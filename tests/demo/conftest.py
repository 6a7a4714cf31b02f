"""Fixtures of the demo's tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.demo_process import processes_of
from tests.waiting import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose processes have to end with the test."""
    with tempfile.TemporaryDirectory(prefix="cockpit-test-", ignore_cleanup_errors=True) as made:
        yield Path(made)
        wait_until(lambda: not processes_of(Path(made)))
