"""The report: golden text, pictures that parse, and strangers' texts that stay texts."""

from html.parser import HTMLParser
from itertools import groupby
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from cockpit.deploy.facts import Abandoned, HostFailed, Noted, Started
from cockpit.views.report.blocks import Document, Paragraph, ReportImage, Section, Table
from cockpit.views.report.draft import draft
from cockpit.views.report.html import html
from cockpit.views.report.json_report import report
from cockpit.views.report.markdown import escaped, markdown
from cockpit.views.report.svg import Drawing, svg
from tests.builders import HOSTILE, NEW, POLICY
from tests.recorded import NOON, clean, log, pages, rolled_back
from tests.views.report.golden import NAMES, drawn, path

EVIL = "<script>alert(1)</script> ![x](https://evil.example/p.png) @everyone | `rm` $x$ \x1b[2J\u202e **b** </svg>"


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_as_its_golden_text(name: str) -> None:
    assert drawn(name) == path(name).read_text("utf-8"), (
        "it changed; if it is meant, write it anew with `python -m tests.views.report.golden`"
    )


def test_what_a_start_overrode_is_told_and_a_release_took_until_it_was_closed_whatever_was_recorded_later() -> None:
    late = (9 * 3600.0, Noted("a note of the next morning"), "bob@desk", "")
    facts = [(e.at - NOON, e.what, e.by, e.why) for e in rolled_back().events]
    began, started, by, _ = facts[0]
    assert isinstance(started, Started)
    facts[0] = (began, replace(started, overrode="#31 merged with red checks"), by, "a customer is down")
    text = markdown(draft(log("2026-11-23.3", *facts, late), POLICY, pages(), {}))
    (row,) = [line for line in text.splitlines() if "| start |" in line]
    assert "#31 merged with red checks" in row
    assert "a customer is down" in row
    closed = markdown(draft(log("2026-11-23.3", *facts, (600.0, Abandoned(), by, ""), late), POLICY, pages(), {}))
    assert " after 10 min" in closed
    assert " after 9 h" not in closed


def hostile() -> Document:
    release = rolled_back()
    refused = HostFailed(EVIL, NEW.id, f"{EVIL}\n# a heading\n- a list")
    facts = [(e.at - NOON, e.what, e.by, e.why) for e in release.events]
    told = log(release.id, *facts, (300.0, refused, EVIL, EVIL))
    pulls = tuple(replace(pull, title=EVIL, author=EVIL) for pull in HOSTILE)
    return draft(replace(told, pulls=pulls), POLICY, pages(), {})


class Tags(HTMLParser):
    """Which elements a page has, and which addresses it names."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src") or name.startswith("on")]


def test_no_text_of_a_stranger_becomes_an_element_of_the_page() -> None:
    page, calm = Tags(), Tags()
    made = html(hostile())
    page.feed(made)
    calm.feed(html(draft(rolled_back(), POLICY, pages(), {})))
    assert page.tags == calm.tags
    assert page.addresses == []
    assert "script" not in page.tags
    assert "&lt;script&gt;" in made
    assert not any(mark in made for mark in ("\x1b", "\u202e"))


def test_no_text_of_a_stranger_becomes_markup_of_the_markdown() -> None:
    made = markdown(hostile(), {})
    assert "<script" not in made
    assert "![x]" not in made
    assert "https://evil" not in made
    assert "@everyone" not in made
    assert "\x1b" not in made
    headings = [line for line in made.splitlines() if line.startswith("#")]
    assert "# a heading" not in headings
    assert not any(line.startswith("-") for line in made.splitlines())
    for table, lines in groupby(made.splitlines(), lambda line: line.startswith("|")):
        assert not table or len({line.replace("\\|", "").count("|") for line in lines}) == 1


def test_a_name_that_looks_like_a_tables_rule_leaves_its_row_escaped() -> None:
    table = Table(("tier", "title"), (("---", "<script> [x](javascript:1)"),))
    made = markdown(Document("a", (Section("b", (table,)),)))
    assert made.endswith("| tier | title |\n| --- | --- |\n| --- | &lt;script&gt; \\[x\\](javascript:1) |\n")


def test_a_time_beyond_every_calendar_is_written_all_the_same() -> None:
    facts = [(e.at - NOON, e.what, e.by, e.why) for e in rolled_back().events]
    made = markdown(draft(log("2026-11-23.3", *facts, (1e300, Noted("late"), "bob@desk", "")), POLICY, pages(), {}))
    assert "| 9999-12-31 00:00:00 | bob@desk | note: late |" in made


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a | b", "a \\| b"),
        ("[x](javascript:1)", "\\[x\\](javascript:1)"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("www.x.org @team ada@box", "www&#46;x.org @&#8203;team ada@box"),
        ("two\nlines", "two lines"),
        ("商品 #36 50 %", "商品 #36 50 %"),
    ],
)
def test_markup_is_escaped_and_plain_words_are_left_alone(text: str, written: str) -> None:
    assert escaped(text) == written


def test_a_picture_is_well_formed_whatever_is_written_in_it_and_shows_gaps_as_gaps() -> None:
    points = ((0.0, 0.01), (10.0, 0.02), (20.0, None), (30.0, 0.5))
    made = svg(Drawing(EVIL, points, ((0.0, None), (30.0, None)), 0.02, ((15.0, EVIL), (1e9, "elsewhere"))))
    root = ElementTree.fromstring(made)  # noqa: S314 - our own picture
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert kinds.count("polyline") == 1
    assert kinds.count("circle") == 1
    assert "script" not in kinds


def test_a_picture_of_nothing_is_still_a_picture() -> None:
    ElementTree.fromstring(svg(Drawing("empty", (), (), 0.02)))  # noqa: S314


def test_every_chart_of_a_report_is_in_the_page_and_in_the_markdown() -> None:
    document = draft(rolled_back(), POLICY, pages(), {})
    pictures = [block for section in document.sections for block in section.blocks if isinstance(block, ReportImage)]
    assert [picture.name for picture in pictures] == ["2026-11-23.3-canary", "2026-11-23.3-production"]
    assert html(document).count("<svg") == 2
    assert markdown(document).count("](data:image/svg+xml;base64,") == 2
    for picture in pictures:
        ElementTree.fromstring(picture.svg)  # noqa: S314


def test_what_is_not_on_record_is_null() -> None:
    (one,) = report(rolled_back(), POLICY, (), {})["incidents"]
    assert (one["harmed"], one["began"], one["time_to_detect"]) == (None, None, 130.0)
    (one,) = report(rolled_back(), POLICY, pages(), {})["incidents"]
    assert (one["harmed"], one["time_to_detect"], one["time_to_restore"]) == (38, 20.0, 35.0)
    assert report(clean(), POLICY, (), {})["incidents"] == []


def test_a_paragraph_that_begins_like_a_list_is_none() -> None:
    made = markdown(
        Document("t", (Section("s", (Paragraph("- one"), Paragraph("12. two"), Table(("a",), (("# b",),)))),))
    )
    assert [line for line in made.splitlines() if line][2:4] == ["\\- one", "12\\. two"]
