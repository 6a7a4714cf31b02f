import pytest

from cockpit.deploy.text import clean, duration, names, percent, plural, tail


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]52;c;ZXZpbA==\x07copied", "copied"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "31mred"),
        ("\x1bPq#0;2;0;0;0\x1b\\sixel", "sixel"),
        ("\x1bc reset", " reset"),
        ("abandon\u202e kcabllor", "abandon kcabllor"),
        ("a\u2066b\u2069\u200f", "ab"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("bell\x07 null\x00 del\x7f", "bell null del"),
        ("\u2028separator", " separator"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("tag\U000e0041", "tag"),
    ],
)
def test_terminal_sequences_are_removed(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


@pytest.mark.parametrize(
    "text", ["[WIP] handle [/api/v1] route", "[@click=app.quit]x[/]", "Grüße, 世界 🎉", "a: $(b) `c`"]
)
def test_plain_text_stays_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_no_control_character_survives(code: int) -> None:
    assert chr(code) not in clean(f"a{chr(code)}b")


def test_the_tail_of_an_output_is_its_last_non_empty_lines() -> None:
    assert tail("one\n\n\x1b[1mtwo\x1b[0m\r\nthree\n\n", lines=2) == "two\nthree"


def test_durations_have_their_largest_units() -> None:
    assert [duration(s) for s in (0, 8.4, 89, 90, 3600, 5400, 9000, 200_000)] == [
        "0 s", "8 s", "89 s", "2 min", "60 min", "1 h 30 min", "2 h 30 min", "2 d",
    ]  # fmt: skip


def test_percentages_counts_and_lists_as_text() -> None:
    assert [percent(r) for r in (0, 0.0042, 0.5, 1)] == ["0 %", "0.42 %", "50.0 %", "100.0 %"]
    assert (plural(1, "host"), plural(1234, "host")) == ("1 host", "1,234 hosts")
    assert names(("a", "b", "c", "d", "e")) == "a, b, c and 2 more"
