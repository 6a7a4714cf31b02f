"""Highlight code by language with pygments; imported with the first diff, because the import takes 0.1 s.

The text stays the same, cut into spans, even if a lexer changes it.
"""

from collections.abc import Sequence

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_for_filename
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String, Token
from pygments.util import ClassNotFound

from cockpit.views.rows import Line, Span, Tone

_TONES = (
    (Comment, Tone.COMMENT),
    (String, Tone.STRING),
    (Number, Tone.NUMBER),
    (Literal, Tone.NUMBER),
    (Keyword, Tone.KEYWORD),
    (Operator.Word, Tone.KEYWORD),
    (Name.Tag, Tone.KEYWORD),
    (Name.Decorator, Tone.COMMENT),
)


def highlight(path: str, code: Sequence[str]) -> Sequence[Line]:
    """Return the lines with tones for the language of the file name; plain if the language is unknown."""
    lexer = _lexer(path)
    if lexer is None:
        return tuple((Span(line),) for line in code)
    lines: list[list[Span]] = [[]]
    for kind, text in lexer.get_tokens("\n".join(code)):
        for index, piece in enumerate(text.split("\n")):
            if index:
                lines.append([])
            if piece:
                _add(lines[-1], Span(piece, _tone(kind)))
    highlighted = tuple(tuple(line) for line in lines[: len(code)])
    same = len(highlighted) == len(code) and all(
        "".join(span.text for span in line) == text for line, text in zip(highlighted, code, strict=True)
    )
    return highlighted if same else tuple((Span(line),) for line in code)


def _add(line: list[Span], span: Span) -> None:
    if line and line[-1].tone is span.tone:
        line[-1] = Span(line[-1].text + span.text, span.tone)
    else:
        line.append(span)


def _lexer(path: str) -> Lexer | None:
    try:
        lexer = find_lexer_class_for_filename(path.rpartition("/")[2])
    except ClassNotFound:
        return None
    return lexer(stripnl=False, ensurenl=False) if lexer else None


def _tone(kind: object) -> Tone:
    return next((tone for known, tone in _TONES if kind in known), Tone.PLAIN) if kind in Token else Tone.PLAIN
