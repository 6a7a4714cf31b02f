"""A key that has moved is an error that names the new key, once."""

from pathlib import Path

import pytest

from cockpit.config.moved_keys import MOVED
from cockpit.control.command_table import COMMAND_TABLE
from cockpit.rules.notifications.templates import template_names
from cockpit.tui.key_bindings import SCREEN_KEYS
from tests.config.config_files import SMALL, problems


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[conn]\ndeadman = 60.0\n", "line 11: conn is now [commander]"),
        ('[people.templates]\nconn-taken = "x"\n', "line 12: people.templates.conn-taken is now command-taken"),
        ('[screen.keys]\ntake-conn = "c"\n', "line 12: screen.keys.take-conn is now take-over"),
        ('[screen.keys]\ncard = "n"\n', "line 12: screen.keys.card is now handoff"),
        ('[screen.keys]\nfigures = "D"\n', "line 12: screen.keys.figures is now dora"),
        ('[screen.keys]\nmessages = "m"\n', "line 12: screen.keys.messages is now notifications"),
        ('[screen.keys]\nhand-off = "N"\n', "line 12: screen.keys.hand-off is now handoff-page"),
    ],
)
def test_a_moved_key_names_the_new_one(tmp_path: Path, text: str, line: str) -> None:
    assert problems(tmp_path, SMALL + text) == [line]


def test_every_new_name_exists() -> None:
    keys = {command.verb for command in COMMAND_TABLE} | {row.name for row in SCREEN_KEYS}
    assert {new for old, new in MOVED.items() if old.startswith("screen.keys.")} <= keys
    assert {new for old, new in MOVED.items() if old.startswith("people.templates.")} <= set(template_names())


def test_a_section_of_the_wrong_type_is_left_to_the_other_checks(tmp_path: Path) -> None:
    assert problems(tmp_path, "screen = 3\n" + SMALL) == ["line 1: screen must be a section, [screen]"]
