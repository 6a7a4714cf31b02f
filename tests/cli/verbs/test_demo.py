"""`cockpit demo` with options that make no demo; `tests/demo` runs real ones."""

import pytest

from tests.cli.shell import Capsys, run
from tests.git_origin import GitOrigin


def test_a_demo_in_a_place_that_is_no_folder_fails(company: GitOrigin, capsys: Capsys) -> None:
    code, _, err = run(capsys, "demo", "--headless", "--keep", "config.toml")
    assert code == 3
    assert err.startswith("cockpit: demo: ")
    assert "config.toml" in err


def test_json_needs_headless(capsys: Capsys) -> None:
    assert run(capsys, "demo", "--json") == (2, "", "cockpit: --json needs --headless\n")


@pytest.mark.parametrize("pace", ["0.5", "9", "nan"])
def test_a_pace_outside_1_to_8_is_refused(capsys: Capsys, pace: str) -> None:
    assert run(capsys, "demo", "--pace", pace) == (2, "", f"cockpit: invalid pace {pace}: use a number from 1 to 8\n")
