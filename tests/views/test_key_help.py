"""The footer of keys and the help page."""

from cockpit.views.key_help import Hint, footer, help_page
from cockpit.views.rows import plain


def test_the_footer_leaves_out_disabled_keys_first() -> None:
    hints = tuple(Hint(str(n), f"command{n}", refusal="no" if n == 2 else "") for n in range(1, 5))
    wide, _ = footer(hints, (), 80)
    assert "command2" in plain((wide,))
    short, _ = footer(hints, (), 44)
    assert "command2" not in plain((short,))
    assert "command4" in plain((short,))


def test_a_narrow_footer_keeps_a_vital_key_even_if_it_is_disabled() -> None:
    hints = tuple(Hint(str(n), f"command{n}", refusal="no" if n < 3 else "", vital=n == 2) for n in range(1, 5))
    short, _ = footer(hints, (), 30)
    assert plain((short,)).split() == ["2", "command2", "3", "command3"]


def test_the_help_page_gives_the_reason_of_a_disabled_key() -> None:
    section = ("COMMANDS", (Hint("a", "advance", "Next step.", "the gate says WAIT"),))
    page = plain(help_page((section,), 60))
    assert "not now: the gate says WAIT" in page
