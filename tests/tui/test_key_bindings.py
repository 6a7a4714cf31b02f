"""Keys are named as Textual names them, shown as people read them, and checked for clashes."""

import string

from textual.keys import _character_to_key

from cockpit.control.command_table import COMMAND_TABLE
from cockpit.tui.key_bindings import SCREEN_KEYS, key_problems, shown_key, textual_key


def test_every_character_gets_textual_s_name() -> None:
    for character in string.ascii_letters + string.digits + string.punctuation:
        assert textual_key(character) == _character_to_key(character)


def test_modifiers_stay_in_the_names_of_keys() -> None:
    assert textual_key("ctrl+r") == "ctrl+r"
    assert textual_key("f5") == "f5"
    assert shown_key("ctrl+p") == "^p"


def test_the_default_keys_do_not_clash() -> None:
    assert key_problems({}) == ()


def test_unknown_names_and_clashing_keys_are_reported() -> None:
    problems = key_problems({"rolback": "x", "start": "q", "hold": "1"})
    assert problems == (
        "rolback is no command or screen action",
        "1 is the key of both panel 1 and hold",
        "q is the key of both start and quit",
    )


def test_two_actions_may_swap_their_keys() -> None:
    assert key_problems({"start": "a", "advance": "s"}) == ()


def test_every_key_has_a_help_sentence() -> None:
    assert all(row.help.endswith(".") for row in SCREEN_KEYS)
    assert all(command.help for command in COMMAND_TABLE)
