"""Every view of every scene equals its golden text."""

import pytest

from tests.builders import SCENES
from tests.views.golden import WIDTHS, drawn, path


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scene", SCENES)
def test_every_view_of_a_scene_equals_its_golden_text(scene: str, width: int) -> None:
    assert drawn(scene, width) == path(scene, width).read_text("utf-8"), (
        "the text changed; if that is intended, run `python -m tests.views.golden`"
    )
