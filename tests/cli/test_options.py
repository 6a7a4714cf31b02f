"""Options that several verbs share."""

import argparse

import pytest

from cockpit.cli.options import pull_id, seconds


@pytest.mark.parametrize(("text", "pull"), [("12", 12), ("#12", 12), ("D12", "D12"), ("I0123456789", "I0123456789")])
def test_a_pr_is_named_by_its_number_or_its_change(text: str, pull: int | str) -> None:
    assert pull_id(text) == pull


@pytest.mark.parametrize("text", ["", "twelve", "0", "-1", "#", "D0", "I12", "Ix", "٣"])
def test_an_invalid_pr_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="use 12, #12, D12 or a Change-Id"):
        pull_id(text)


def test_seconds_are_finite_and_not_negative() -> None:
    assert seconds("1.5") == 1.5
    for text in ("-1", "inf", "nan"):
        with pytest.raises(argparse.ArgumentTypeError):
            seconds(text)
