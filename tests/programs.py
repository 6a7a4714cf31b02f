"""Programs that tests run: a missing one skips the test, or fails it in CI."""

import os
import shutil

import pytest


def need(program: str) -> str:
    """The path of the program; skips or fails the test if it is missing."""
    if found := shutil.which(program):
        return found
    reason = f"{program} is missing: `make services` installs it"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
