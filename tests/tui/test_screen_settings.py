"""The screen's settings are read without loading the screen."""

import subprocess
import sys


def test_importing_the_settings_does_not_import_textual() -> None:
    code = "import sys, cockpit.tui.screen_settings; sys.exit('textual' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
