"""Plain characters take as many cells as the characters they replace."""

from cockpit.tui.terminal.glyphs import plain
from cockpit.views.rows import cells


def test_plain_text_takes_as_many_cells() -> None:
    for text in ("●━◉╌○", "商品一覧", "⣿⠀", "é…", "abc"):
        assert cells(plain(text)) == cells(text)
    assert plain("GO ✓ 3→4 …") == "GO + 3>4 ~"
