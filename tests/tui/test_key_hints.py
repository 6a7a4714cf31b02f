"""The hints of keys: refusals, the footer's keys, and the sections of the help page."""

from cockpit.deploy.plan import CommandRequest
from cockpit.tui.key_bindings import SCREEN_KEYS, commands_with_keys
from cockpit.tui.key_hints import SETTING_UP, command_hints, help_sections, screen_hints
from tests.builders import ADA, at_canary, setting_up


def test_a_hint_has_the_reason_if_its_command_is_refused() -> None:
    hints = {hint.title: hint for hint in command_hints(commands_with_keys({}), at_canary(), CommandRequest(ADA), {})}
    assert hints["advance"].refusal == ""
    assert "nothing is held" in hints["resume"].refusal


def test_during_setup_every_command_is_refused() -> None:
    hints = command_hints(commands_with_keys({}), setting_up(), CommandRequest(ADA), {})
    assert {hint.refusal for hint in hints} == {SETTING_UP}


def test_the_footer_shows_only_some_screen_keys_and_the_help_page_all() -> None:
    assert len(screen_hints({})) == len(SCREEN_KEYS)
    footer = {hint.title for hint in screen_hints({}, footer=True)}
    assert {"help", "quit"} < footer
    assert "copy" not in footer


def test_remapped_keys_are_shown() -> None:
    assert "^t" in {hint.key for hint in screen_hints({"theme": "ctrl+t"})}


def test_a_read_only_screen_has_no_section_of_commands() -> None:
    assert [heading for heading, _ in help_sections((), screen_hints({}))] == ["THE SCREEN", "LISTS AND PAGES"]
