"""A report as HTML: untrusted texts stay texts."""

from html.parser import HTMLParser

from cockpit.views.report.draft import draft
from cockpit.views.report.html import html
from tests.builders import POLICY
from tests.recorded_releases import pages, rolled_back
from tests.views.report.hostile import hostile


class Tags(HTMLParser):
    """The elements of a page, and the addresses it names."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src") or name.startswith("on")]


def test_no_untrusted_text_becomes_an_element() -> None:
    page, harmless = Tags(), Tags()
    text = html(hostile())
    page.feed(text)
    harmless.feed(html(draft(rolled_back(), POLICY, pages(), {})))
    assert page.tags == harmless.tags
    assert page.addresses == []
    assert "script" not in page.tags
    assert "&lt;script&gt;" in text
    assert not any(mark in text for mark in ("\x1b", "\u202e"))
