"""A report as Markdown: untrusted texts stay texts."""

from itertools import groupby

import pytest

from cockpit.views.report.blocks import Document, Paragraph, Section, Table
from cockpit.views.report.markdown import escaped, markdown
from tests.views.report.hostile import hostile


def test_no_untrusted_text_becomes_markup() -> None:
    text = markdown(hostile(), {})
    assert "<script" not in text
    assert "![x]" not in text
    assert "https://evil" not in text
    assert "@everyone" not in text
    assert "\x1b" not in text
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert "# a heading" not in headings
    assert not any(line.startswith("-") for line in text.splitlines())
    for table, lines in groupby(text.splitlines(), lambda line: line.startswith("|")):
        assert not table or len({line.replace("\\|", "").count("|") for line in lines}) == 1


def test_a_cell_that_looks_like_a_table_rule_is_kept() -> None:
    table = Table(("tier", "title"), (("---", "<script> [x](javascript:1)"),))
    text = markdown(Document("a", (Section("b", (table,)),)))
    assert text.endswith("| tier | title |\n| --- | --- |\n| --- | &lt;script&gt; \\[x\\](javascript:1) |\n")


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
def test_markup_is_escaped_and_plain_text_is_unchanged(text: str, written: str) -> None:
    assert escaped(text) == written


def test_a_paragraph_that_begins_like_a_list_is_escaped() -> None:
    blocks = (Paragraph("- one"), Paragraph("12. two"), Table(("a",), (("# b",),)))
    text = markdown(Document("t", (Section("s", blocks),)))
    assert [line for line in text.splitlines() if line][2:4] == ["\\- one", "12\\. two"]
