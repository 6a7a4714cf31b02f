"""Highlighting changes no character, even if a lexer does."""

import pytest

from cockpit.tui.theme.syntax import highlight
from cockpit.views.rows import Tone, plain

CODE = ("def f(x):", '    """A text', '    over two lines."""', "", "    return x + 1  # one", "\\weird {{%")


@pytest.mark.parametrize(
    "name", ["a.py", "b.js", "c.go", "d.html", "e.yaml", "Makefile", "f.sql", "g.rs", "h", "", "x.py/"]
)
def test_highlighting_never_changes_the_text(name: str) -> None:
    assert [plain((line,)) for line in highlight(name, CODE)] == [line.rstrip() for line in CODE]


def test_a_token_over_several_lines_keeps_its_tone_on_each() -> None:
    lines = highlight("a.py", CODE)
    assert lines[1][-1].tone is Tone.STRING
    assert lines[2][-1].tone is Tone.STRING
    assert lines[4][-1].tone is Tone.COMMENT


def test_code_of_an_unknown_language_is_plain() -> None:
    assert {span.tone for line in highlight("notes.unheard-of", CODE[:1]) for span in line} == {Tone.PLAIN}
    assert list(highlight("a.py", ())) == []
