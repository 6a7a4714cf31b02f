"""A document as one self-contained HTML page without scripts."""

from html import escape
from typing import assert_never

from cockpit.deploy.text import clean
from cockpit.views.report.blocks import Block, Document, Paragraph, ReportImage, Table

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #1f2937; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ border-bottom: 1px solid #e5e7eb; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }}
figure {{ margin: 1rem 0; }} svg {{ width: 100%; height: auto; }}
</style>
</head>
<body>
"""


def html(document: Document) -> str:
    """Return the page. Every text is escaped; images are inline."""
    parts = [_HEAD.format(title=_text(document.title)), f"<h1>{_text(document.title)}</h1>"]
    for section in document.sections:
        parts.append(f"<h2>{_text(section.title)}</h2>")
        parts += [_block(block) for block in section.blocks]
    return "\n".join((*parts, "</body>\n</html>\n"))


def _block(block: Block) -> str:
    match block:
        case Paragraph(text=text):
            return f"<p>{_text(text)}</p>"
        case Table(head=head, rows=rows):
            lines = [_row("th", head), *(_row("td", row) for row in rows)]
            return "<table>\n" + "\n".join(lines) + "\n</table>"
        case ReportImage(caption=caption, svg=svg):
            return f'<figure aria-label="{_text(caption)}">\n{svg}\n</figure>'
        case _:
            assert_never(block)


def _row(tag: str, cells: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in cells) + "</tr>"


def _text(text: str) -> str:
    return escape(clean(text))
