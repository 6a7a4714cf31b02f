"""Every page of the catalogue has a key and can be drawn for every scene."""

import re

import pytest

from cockpit.tui.key_bindings import SCREEN_KEYS
from cockpit.tui.pages.catalogue import PAGE_CLASSES, PAGES
from cockpit.views.rows import length
from tests.builders import SCENES


def test_every_page_has_a_key_and_every_such_key_a_page() -> None:
    opened = {match[1] for key in SCREEN_KEYS if (match := re.fullmatch(r"page\('(\w+)'\)", key.action))}
    assert opened == set(PAGES) | set(PAGE_CLASSES)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_drawn_for_every_scene_within_its_width(name: str) -> None:
    _, make_rows = PAGES[name]
    for scene in SCENES.values():
        assert all(length(row) <= 79 for row in make_rows(scene(), 79))
