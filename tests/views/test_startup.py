"""The page shown during set-up."""

from dataclasses import replace

from cockpit.deploy.snapshot import Seen
from cockpit.views.rows import plain
from cockpit.views.startup import setup_page
from tests.builders import NOW, setting_up


def test_finished_steps_are_ticked_and_the_last_one_is_running() -> None:
    text = plain(setup_page(setting_up(), 80, 20))
    assert "✓ building the first release" in text
    assert "◉ starting 14 hosts" in text


def test_only_the_newest_steps_are_shown_if_not_all_fit() -> None:
    assert len(setup_page(setting_up(), 80, 3)) == 3


def test_an_error_is_shown_below_the_steps() -> None:
    failed = replace(setting_up(), startup=Seen("starting", NOW, "port 80 is in use"))
    assert plain(setup_page(failed, 80, 20)).endswith("? port 80 is in use")
