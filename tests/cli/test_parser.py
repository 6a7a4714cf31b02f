"""The registry of verbs, and what the parser says of a invalid command line."""

from importlib import import_module
from pathlib import Path

import pytest

from cockpit.cli import verbs
from cockpit.cli.parser import VERBS, parse
from cockpit.control.command_table import COMMAND_TABLE
from tests.cli.shell import Capsys, run
from tests.git_origin import GitOrigin

FOLDER = Path(str(verbs.__file__)).parent


def test_every_module_of_the_folder_is_registered_once() -> None:
    assert sorted(VERBS) == sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", VERBS)
def test_a_module_of_a_verb_can_add_and_run_it(name: str) -> None:
    module = import_module(f"cockpit.cli.verbs.{name}")
    assert callable(module.add)
    assert callable(module.run)


@pytest.mark.parametrize("verb", [command.verb for command in COMMAND_TABLE])
def test_every_command_of_the_table_is_a_verb(verb: str) -> None:
    assert parse([verb, *(["a note"] if verb == "note" else [])]).command.verb == verb


@pytest.mark.parametrize("verb", ["destroy", "take-conn", "card", "figures", "messages"])
def test_an_unknown_verb_is_a_usage_error(verb: str, capsys: Capsys) -> None:
    code, _, err = run(capsys, verb)
    assert code == 2
    assert f"invalid choice: '{verb}'" in err


def test_an_unknown_argument_is_named_with_the_help_of_its_verb(capsys: Capsys) -> None:
    code, _, err = run(capsys, "freeze", "2h")
    assert (code, err) == (2, "cockpit: unknown argument '2h'; see 'cockpit freeze --help'\n")
    code, _, err = run(capsys, "start", "--force", "now")
    assert (code, err) == (2, "cockpit: unknown arguments '--force', 'now'; see 'cockpit start --help'\n")


def test_an_invalid_choice_is_answered_with_the_choices(company: GitOrigin, capsys: Capsys) -> None:
    assert "choose from '', 'off', 'advance', 'full'" in run(capsys, "autopilot", "sideways")[2]
