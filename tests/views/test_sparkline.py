"""Sparklines have a fixed scale: noise is flat, an incident is high."""

from cockpit.deploy.gate.traffic import Count
from cockpit.views.rows import Tone, plain
from cockpit.views.sparkline import sparkline

CEILING = 0.02


def drawn(*counts: Count) -> str:
    return plain((sparkline(counts, CEILING, Tone.NEW, 5),))


def test_noise_far_under_the_ceiling_is_flat() -> None:
    assert drawn(*(Count(10_000, errors) for errors in (1, 5, 2, 9, 0))) == "▁▁▁▁▁"


def test_the_ceiling_is_half_height_and_twice_the_ceiling_full() -> None:
    assert drawn(Count(1000, 20), Count(1000, 40), Count(1000, 900)) == "▅██"


def test_intervals_without_requests_are_gaps_not_zeros() -> None:
    assert drawn(Count(), Count(100, 0), Count()) == "·▁·"


def test_over_the_ceiling_is_bad_only_with_enough_errors() -> None:
    one_error_of_ten = sparkline((Count(10, 1), Count(10, 0)), CEILING, Tone.NEW, 5)
    assert [span.tone for span in one_error_of_ten] == [Tone.WAITING, Tone.NEW]
    several_in_a_row = sparkline((Count(10, 2), Count(10, 2), Count(10, 1)), CEILING, Tone.NEW, 5)
    assert [span.tone for span in several_in_a_row] == [Tone.BAD]
