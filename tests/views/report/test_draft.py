"""The draft of a post-mortem."""

import pytest
from msgspec.structs import replace

from cockpit.deploy.facts import Abandoned, Noted, Started
from cockpit.views.report.blocks import ReportImage
from cockpit.views.report.draft import draft
from cockpit.views.report.html import html
from cockpit.views.report.markdown import markdown
from tests.builders import POLICY
from tests.recorded_releases import NOON, pages, recorded_release, rolled_back
from tests.views.report.golden import NAMES, drawn, path


@pytest.mark.parametrize("name", NAMES)
def test_a_report_equals_its_golden_text(name: str) -> None:
    assert drawn(name) == path(name).read_text("utf-8"), (
        "the text changed; if that is intended, run `python -m tests.views.report.golden`"
    )


def test_it_lists_what_a_start_overrode() -> None:
    facts = [(e.at - NOON, e.what, e.by, e.why) for e in rolled_back().events]
    began, started, by, _ = facts[0]
    assert isinstance(started, Started)
    facts[0] = (began, replace(started, overrode="#31 merged with red checks"), by, "a customer is down")
    text = markdown(draft(recorded_release("2026-11-23.3", *facts), POLICY, pages(), {}))
    (row,) = [line for line in text.splitlines() if "| start |" in line]
    assert "#31 merged with red checks" in row
    assert "a customer is down" in row


def test_the_duration_ends_when_the_release_is_closed_not_at_its_last_event() -> None:
    facts = [(e.at - NOON, e.what, e.by, e.why) for e in rolled_back().events]
    late = (9 * 3600.0, Noted("a note of the next morning"), "bob@desk", "")
    closed = recorded_release("2026-11-23.3", *facts, (600.0, Abandoned(), "ada@box", ""), late)
    text = markdown(draft(closed, POLICY, pages(), {}))
    assert " after 10 min" in text
    assert " after 9 h" not in text


def test_an_invalid_time_is_shown_as_the_last_date() -> None:
    facts = [(e.at - NOON, e.what, e.by, e.why) for e in rolled_back().events]
    text = markdown(
        draft(recorded_release("2026-11-23.3", *facts, (1e300, Noted("late"), "bob@desk", "")), POLICY, pages(), {})
    )
    assert "| 9999-12-31 00:00:00 | bob@desk | note: late |" in text


def test_every_chart_is_inline_in_html_and_in_markdown() -> None:
    document = draft(rolled_back(), POLICY, pages(), {})
    images = [block for section in document.sections for block in section.blocks if isinstance(block, ReportImage)]
    assert [image.name for image in images] == ["2026-11-23.3-canary", "2026-11-23.3-production"]
    assert html(document).count("<svg") == 2
    assert markdown(document).count("](data:image/svg+xml;base64,") == 2
