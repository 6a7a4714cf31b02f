"""What a document is made of, whatever it is written as. Texts are cleaned and plain; each writer escapes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows under a heading."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ReportImage:
    """A drawing, and what it shows in words."""

    name: str
    """Fit for a file's name."""
    shows: str
    svg: str


Block = Paragraph | Table | ReportImage


@dataclass(frozen=True)
class Section:
    """A part with a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole."""

    title: str
    sections: tuple[Section, ...]
