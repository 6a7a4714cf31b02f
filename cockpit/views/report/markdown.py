"""A document as Markdown, as forges and wikis read it.

Titles and outputs are written by strangers. None of theirs stands at the beginning of a line, where it could become a
heading or a list, and what could become markup within one is escaped: links, HTML, tables, emphasis, formulas, a
mention that would call people in.
"""

import base64
import re
from collections.abc import Mapping
from typing import assert_never

from cockpit.deploy.text import clean
from cockpit.views.report.blocks import Block, Document, Paragraph, ReportImage, Table

_MARKUP = re.compile(r"([\\`*_\[\]|~$])")
_BEGINS = re.compile(r"\s*([-+#=]|\d+[.)])")
_OPENING = re.compile(r"^(?=[-+#=])|(?<=\d)(?=[.)])")
"""What makes a paragraph a list, a heading or a rule."""
_MENTION = re.compile(r"(?<!\w)@")


def markdown(document: Document, pictures: Mapping[str, str] | None = None) -> str:
    """The text. `pictures` are the addresses of those that are kept elsewhere, by name; the others are put into it."""
    parts = [f"# {escaped(document.title)}"]
    for section in document.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [_block(block, pictures or {}) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """`text` on one line, to be read as it is."""
    plain = " ".join(clean(text).split())
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _MARKUP.sub(r"\\\1", plain)
    return _MENTION.sub("@&#8203;", plain.replace("://", ":&#47;&#47;").replace("www.", "www&#46;"))


def _block(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Paragraph(text):
            return _OPENING.sub(r"\\", escaped(text), count=1) if _BEGINS.match(text) else escaped(text)
        case Table(head, rows):
            named, *told = (tuple(map(escaped, cells)) for cells in (head, *rows))
            return "\n".join(f"| {' | '.join(cells)} |" for cells in (named, ("---",) * len(head), *told))
        case ReportImage(name, shows, svg):
            inline = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
            return f"![{escaped(shows)}]({pictures.get(name, inline)})"
        case _:
            assert_never(block)
