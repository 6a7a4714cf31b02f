"""A remote repository, and cockpit's mirror of it."""

from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from tests.repositories import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


@pytest.fixture
def mirror(town: Town, tmp_path: Path) -> GitMirror:
    return GitMirror(str(town.origin), tmp_path / "mirror")
