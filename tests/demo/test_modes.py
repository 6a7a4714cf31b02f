"""Both modes of the demo refuse a folder that cannot hold one."""

from pathlib import Path

import pytest

from cockpit.demo import modes
from cockpit.demo.settings import DemoSettings
from cockpit.ports import Failed


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.touch()
    with pytest.raises(Failed, match="cannot create a demo"):
        modes.run_headless(DemoSettings(), file, as_json=False, autopilot=False)
    with pytest.raises(Failed, match="cannot create a demo"):
        modes.run_on_screen(DemoSettings(), file, autopilot=False)
