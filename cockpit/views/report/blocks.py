"""The parts of a document. Texts are plain; each writer (Markdown, HTML) escapes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of text."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows below a heading row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ReportImage:
    """An SVG image and its caption."""

    name: str
    """Usable as a file name."""
    caption: str
    svg: str


Block = Paragraph | Table | ReportImage


@dataclass(frozen=True)
class Section:
    """A heading and its blocks."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A title and its sections."""

    title: str
    sections: tuple[Section, ...]
