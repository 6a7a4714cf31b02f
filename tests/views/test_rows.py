"""Rows take exactly the cells they report, with any untrusted text in them."""

from cockpit.views.rows import EMPTY, Span, Tone, cells, clock, column, crop, fit, length, plain, rule, spread, wrap


def test_wide_characters_take_two_cells_and_combining_marks_none() -> None:
    assert cells("商品") == 4
    assert cells("z\u0301a") == 2
    assert cells("plain") == 5


def test_a_span_lets_no_escape_control_or_bidi_character_through() -> None:
    hostile = "\x1b[2Ja\x9b31mb\u202ec\x07\td\n\x1b]52;c;x\x07e"
    assert Span(hostile).text == "a31mbc d e"


def test_excess_combining_marks_are_dropped() -> None:
    assert Span("z" + "\u0301" * 40 + "x").text == "z\u0301\u0301x"


def test_variation_selectors_are_dropped() -> None:
    assert Span("❤\ufe0f").text == "❤"


def test_markup_is_plain_text() -> None:
    assert Span("[@click=app.quit]x[/]").text == "[@click=app.quit]x[/]"


def test_crop_never_cuts_a_wide_character_in_half() -> None:
    assert crop("商品一覧", 6) == "商品…"
    assert cells(crop("商品一覧", 5)) <= 5
    assert crop("abc", 0) == ""


def test_column_and_fit_are_exactly_as_wide_as_asked() -> None:
    for text in ("", "a", "abcdefghij", "商品一覧", "ab商"):
        assert cells(column(text, 5).text) == 5
        assert cells(column(text, 5, right=True).text) == 5
        assert length(fit((Span(text), Span("more")), 5)) == 5


def test_spread_keeps_the_right_end_and_crops_the_left() -> None:
    line = spread((Span("a long beginning of a line"),), (Span("end"),), 12)
    assert plain((line,)) == "a long…  end"
    assert length(spread((Span("abc"),), (Span("far too long for this"),), 8)) == 8


def test_a_rule_fills_the_width_and_drops_what_does_not_fit() -> None:
    for width in (1, 5, 9, 20, 60):
        assert length(rule("EVENTS", (Span("2026-11-23.3"),), width, "note")) == width
    assert plain((rule("EVENTS", (Span("now"),), 14),)) == "EVENTS ─── now"


def test_wrap_breaks_between_words_and_crops_the_last_line() -> None:
    assert wrap("one two three four five", 9, 2) == ("one two", "three fo…")
    assert wrap("short", 20, 3) == ("short",)


def test_plain_drops_blanks_at_the_end_of_lines() -> None:
    assert plain(((Span("a", Tone.GOOD), Span("  ")), EMPTY, (Span("b"),))) == "a\n\nb"


def test_clock_is_the_time_of_day_in_utc() -> None:
    assert clock(1_795_437_296.0) == "12:34:56"
