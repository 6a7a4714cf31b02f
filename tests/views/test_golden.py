"""The views as text: the golden files show what the eye sees at every moment that matters."""

import pytest

from tests.builders import SCENES
from tests.views.golden import WIDTHS, drawn, path


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scene", SCENES)
def test_every_view_shows_the_scene_as_its_golden_text_does(scene: str, width: int) -> None:
    assert drawn(scene, width) == path(scene, width).read_text("utf-8"), (
        "the picture changed; if it is meant, write it anew with `python -m tests.views.golden`"
    )
