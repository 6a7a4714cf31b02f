"""Themes are read whole or refused with their file, line and key."""

from pathlib import Path

import pytest

from cockpit.tui.theme.theme_file import InvalidTheme, Theme, load_themes, read_theme
from cockpit.views.rows import Tone
from tests.tui.screens import THEMES


@pytest.mark.parametrize("name", ["dark", "light", "contrast", "colourblind"])
def test_texts_can_be_read_on_their_background(name: str) -> None:
    """Contrast as WCAG 2.2 measures it, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio: (L1 + 0.05) / (L2 + 0.05),
    L the relative luminance; 4.5 to 1 is what 1.4.3 asks of text, 7 to 1 what 1.4.6 does.

    Lines, markers and the ceiling of the chart are no text: 1.4.11 asks 3 to 1 of what must be told apart, which the
    ceiling has; a rule between panels carries nothing. What lies under the cursor or in a diff is measured there too.
    """
    theme = load_themes([THEMES])[name]
    least = 7.0 if name == "contrast" else 4.5
    for tone in set(Tone) - {Tone.RULE, Tone.CURSOR, Tone.CEILING, Tone.MARKER}:
        ink, paper = _colours(theme, tone)
        assert _contrast(ink, paper) >= least, f"{name}: {tone} has {_contrast(ink, paper):.1f}"
    assert _contrast(*_colours(theme, Tone.CEILING)) >= 3
    code = (Tone.PLAIN, Tone.KEYWORD, Tone.STRING, Tone.NUMBER, Tone.COMMENT)
    for under in (Tone.ADDED, Tone.REMOVED):
        for tone in code:
            ratio = _contrast(_colours(theme, tone)[0], _colours(theme, under)[1])
            assert ratio >= 4.5, f"{name}: {tone} in {under} has {ratio:.1f}"
    row = (Tone.PLAIN, Tone.DIM, Tone.NEW, Tone.STRONG, Tone.WAITING, Tone.BAD, Tone.GOOD, Tone.UNKNOWN)
    for tone in row:
        ratio = _contrast(_colours(theme, tone)[0], _colours(theme, Tone.CURSOR)[1])
        assert ratio >= 4.5, f"{name}: {tone} under the cursor has {ratio:.1f}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('good = "#7ee787"', 'good = "greenish"', r"mine.toml, line \d+: tones.good has `greenish`"),
        ('good = "#7ee787"', "", "mine.toml: tones.good is missing"),
        ('good = "#7ee787"', 'good = "#7ee787"\nglad = "#ffffff"', r"line \d+: tones.glad is unknown"),
        ('surface = "#161c23"', 'surface = "#161"', r"line 9: base.surface must be a colour"),
        ("dark = true", 'dark = "yes"', "line 4: dark must be true or false"),
        ("dark = true", "dark = true\nansi = 1", "line 5: ansi must be true or false"),
        ("dark = true", "dark = true\nansi = true", r"line \d+: base.background must be a colour such as bright_blue"),
        ('name = "dark"', "name = 3", "line 3: name must be a word"),
        ("[tones]", "[tone]", "tone is unknown"),
        ('name = "dark"', "name = ", r"mine.toml: .*line 3"),
    ],
)
def test_an_invalid_theme_is_refused_with_its_file_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (THEMES / "dark.toml").read_text("utf-8")
    assert old in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InvalidTheme, match=said):
        read_theme(file)


def test_a_theme_overrides_one_of_the_same_name_in_an_earlier_folder(tmp_path: Path) -> None:
    text = (THEMES / "dark.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text.replace('good = "#7ee787"', 'good = "#00ff00"'), "utf-8")
    assert load_themes([THEMES, tmp_path])["dark"].tones[Tone.GOOD] == "#00ff00"


def test_a_theme_without_tones_for_diffs_uses_stand_ins(tmp_path: Path) -> None:
    text = (THEMES / "dark.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text[: text.index("# a diff")], "utf-8")
    theme = load_themes([tmp_path])["dark"]
    assert theme.tones[Tone.ADDED] == theme.tones[Tone.GOOD]


def test_an_invalid_ansi_theme_is_refused_with_the_names_of_its_colours(tmp_path: Path) -> None:
    text = (THEMES / "ansi.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text.replace('new = "cyan"', 'new = "#00ffff"'), "utf-8")
    with pytest.raises(InvalidTheme, match=r"line 28: tones.new has `#00ffff`.*bright_red"):
        load_themes([tmp_path])


def test_folders_without_themes_are_refused() -> None:
    with pytest.raises(InvalidTheme, match="none found in any folder"):
        load_themes([])


def _colours(theme: Theme, tone: Tone) -> tuple[str, str]:
    words = theme.tones[tone].split()
    paper = words[words.index("on") + 1] if "on" in words else theme.base["background"]
    ink = next((word for word in words if word.startswith("#")), theme.base["foreground"])
    return ink, paper


def _contrast(one: str, two: str) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = _light(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# severity 1.
PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))


@pytest.mark.parametrize("eyes", [PROTANOPIA, DEUTERANOPIA], ids=["protanopia", "deuteranopia"])
def test_good_and_bad_differ_for_colour_blind_eyes(eyes: tuple[tuple[float, ...], ...]) -> None:
    theme = load_themes([THEMES])["colourblind"]
    for group in ((Tone.GOOD, Tone.BAD, Tone.WAITING, Tone.UNKNOWN), (Tone.NEW, Tone.OLD)):
        seen = [_seen(_colours(theme, tone)[0], eyes) for tone in group]
        for index, one in enumerate(seen):
            for other in seen[index + 1 :]:
                assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.15, group


def _seen(colour: str, eyes: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """The linear red, green and blue that such eyes see of it, each 0 to 1."""
    light = _light(colour)
    return tuple(sum(a * b for a, b in zip(row, light, strict=True)) for row in eyes)


def _light(colour: str) -> tuple[float, ...]:
    """Linear red, green and blue of `#rrggbb` in sRGB, each 0 to 1."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(float(p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4) for p in parts)
