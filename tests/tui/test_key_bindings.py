"""Keys are spelled as textual wants them and shown as people read them."""

import string

from textual.keys import _character_to_key

from cockpit.control.command_table import COMMAND_TABLE
from cockpit.tui.key_bindings import SCREEN_KEYS, key_problems, shown_key, textual_key
from cockpit.tui.terminal.capabilities import refuse_terminal


def test_every_character_is_spelled_as_textual_does() -> None:
    for character in string.ascii_letters + string.digits + string.punctuation:
        assert textual_key(character) == _character_to_key(character)


def test_keys_with_modifiers_keep_them() -> None:
    assert textual_key("ctrl+r") == "ctrl+r"
    assert textual_key("f5") == "f5"
    assert shown_key("ctrl+p") == "^p"


def test_keys_as_they_come_do_not_clash() -> None:
    assert key_problems({}) == ()


def test_names_that_do_not_exist_and_clashes_are_told() -> None:
    problems = key_problems({"rolback": "x", "start": "q", "hold": "1"})
    assert problems == (
        "rolback is not something a key can be given to",
        "1 is the key of both panel 1 and hold",
        "q is the key of both start and quit",
    )


def test_two_may_swap_their_keys() -> None:
    assert key_problems({"start": "a", "advance": "s"}) == ()


def test_every_key_has_a_sentence_for_the_page_of_help() -> None:
    assert all(row.help.endswith(".") for row in SCREEN_KEYS)
    assert all(command.help for command in COMMAND_TABLE)


def test_a_terminal_that_cannot_show_the_screen_is_refused_in_words() -> None:
    assert refuse_terminal({"TERM": "xterm-256color"}, True) == ""
    assert "TERM=dumb" in refuse_terminal({"TERM": "dumb"}, True)
    assert "TERM is not set" in refuse_terminal({}, True)
    assert "needs a terminal" in refuse_terminal({"TERM": "xterm"}, False)
