"""What `cockpit engine` prints on stderr."""

from cockpit.cli.verbs.engine import error_printer
from tests.cli.shell import Capsys


def test_an_error_is_printed_once_until_it_is_cleared(capsys: Capsys) -> None:
    print_error = error_printer()
    for error in ("store: \x1b[2Jdown", "store: \x1b[2Jdown", "", "store: \x1b[2Jdown", "git: gone"):
        print_error(error)
    assert capsys.readouterr().err == "engine: store: down\nengine: store: down\nengine: git: gone\n"
