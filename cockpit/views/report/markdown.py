"""A document as Markdown, as forges and wikis read it.

Titles and outputs are untrusted. Such a text never starts a line, where it could become a heading or a list. Markup in
it is escaped: links, HTML, tables, emphasis, formulas, and mentions that would notify people.
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
"""Where a backslash stops a paragraph from becoming a list, a heading or a rule."""
_MENTION = re.compile(r"(?<!\w)@")


def markdown(document: Document, images: Mapping[str, str] | None = None) -> str:
    """Return the text. `images` maps names of images to the URLs of their files; other images are put inline."""
    parts = [f"# {escaped(document.title)}"]
    for section in document.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [_block(block, images or {}) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Return `text` on one line with all markup escaped."""
    plain = " ".join(clean(text).split())
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _MARKUP.sub(r"\\\1", plain)
    return _MENTION.sub("@&#8203;", plain.replace("://", ":&#47;&#47;").replace("www.", "www&#46;"))


def _block(block: Block, images: Mapping[str, str]) -> str:
    match block:
        case Paragraph(text=text):
            return _OPENING.sub(r"\\", escaped(text), count=1) if _BEGINS.match(text) else escaped(text)
        case Table(head=head, rows=rows):
            heading, *body = (tuple(map(escaped, cells)) for cells in (head, *rows))
            return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, ("---",) * len(head), *body))
        case ReportImage(name=name, caption=caption, svg=svg):
            inline = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
            return f"![{escaped(caption)}]({images.get(name, inline)})"
        case _:
            assert_never(block)
