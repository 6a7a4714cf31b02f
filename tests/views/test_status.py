"""The text of `cockpit status`. Scripts look for `finished` and `smoke test passed` in it."""

from dataclasses import replace

from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Seen
from cockpit.views.rows import length, plain
from cockpit.views.status import status
from tests.builders import NOW, SCENES, at_canary, at_production, idle


def test_stragglers_are_listed_by_name_and_sources_with_their_age() -> None:
    text = plain(status(at_production(), 80))
    assert "silent web-07" in text
    assert "moving web-03 (draining" in text
    assert "counters    confirmed 1 s ago" in text


def test_a_finished_release_is_called_finished() -> None:
    assert "2026-11-22.4  finished" in plain(status(idle(), 80))


def test_it_names_the_commander_and_the_engine_or_says_that_there_is_none() -> None:
    assert "commander   ada@box for 10 min" in plain(status(at_canary(), 80))
    text = plain(status(replace(at_canary(), commander=Seen(Holder(), NOW), engine=Seen(Holder(), NOW)), 80))
    assert "commander   none" in text
    assert "engine      not running" in text


def test_no_line_is_wider_than_asked() -> None:
    for scene in SCENES.values():
        assert all(length(line) <= 80 for line in status(scene(), 80))
