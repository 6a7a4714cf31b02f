"""Programs that a test runs for real: a machine that cannot have one skips the test, and CI, which can, fails it."""

import os
import shutil

import pytest


def need(program: str) -> str:
    """Where the program is."""
    if found := shutil.which(program):
        return found
    says = f"{program} is missing: `make services` installs it"
    if os.environ.get("CI"):
        pytest.fail(says)
    pytest.skip(says)
