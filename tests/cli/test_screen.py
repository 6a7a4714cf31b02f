"""`cockpit` without a verb; `tests/tui` covers the screen itself."""

from tests.cli.shell import Capsys, run
from tests.git_origin import GitOrigin


def test_without_a_verb_the_screen_needs_a_terminal(company: GitOrigin, capsys: Capsys) -> None:
    code, _, err = run(capsys)
    assert code == 3
    assert "terminal" in err
