"""A remote repository, and cockpit's mirror of it."""

from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from tests.git_origin import GitOrigin


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    return GitOrigin(tmp_path / "origin")


@pytest.fixture
def mirror(origin: GitOrigin, tmp_path: Path) -> GitMirror:
    return GitMirror(str(origin.path), tmp_path / "mirror")
