"""A value that does not fit is noted with its key and line, and replaced by a valid one."""

import math
from enum import StrEnum
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from cockpit.config.problems import Problems


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Section(Struct, frozen=True):
    share: Annotated[float, Meta(ge=0.1, le=0.5)] = 0.2
    count: Annotated[int, Meta(ge=1, le=1_000)] = 3
    least: Annotated[float, Meta(ge=2.0)] = 4.0
    free: float = 5.0
    colour: Colour = Colour.RED
    words: tuple[str, ...] = ()


class Required(Struct, frozen=True):
    name: str
    colour: Colour


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("share", 0.09, "must be from 0.1 to 0.5"),
        ("share", 1, "must be from 0.1 to 0.5"),
        ("share", math.nan, "must be from 0.1 to 0.5"),
        ("share", math.inf, "must be from 0.1 to 0.5"),
        ("share", -math.inf, "must be from 0.1 to 0.5"),
        ("share", True, "must be a number, not true or false"),
        ("share", "0.2", "must be a number, not a string"),
        ("count", 0, "must be from 1 to 1000"),
        ("count", 1001, "must be from 1 to 1000"),
        ("count", 1.5, "must be an integer, not a number"),
        ("least", 1.9, "must be a finite number, at least 2"),
        ("least", math.inf, "must be a finite number, at least 2"),
        ("free", math.nan, "must be a finite number"),
        ("free", -math.inf, "must be a finite number"),
        ("colour", "bleu", 'has an unknown value "bleu"; did you mean blue?'),
        ("colour", 3, "must be a string, not an integer"),
        ("words", "a b", "must be a list, not a string"),
        ("words", ["a", 3], "must hold a string, not an integer"),
    ],
)
def test_a_value_that_does_not_fit_is_noted_and_gets_its_default(key: str, value: object, problem: str) -> None:
    problems = Problems(f"[part]\n{key} = 1\n")
    assert problems.section("part", {key: value}, Section) == Section()
    assert problems.lines == [f"line 2: part.{key} {problem}"]


def test_the_bounds_of_a_range_are_valid() -> None:
    problems = Problems("")
    low = {"share": 0.1, "count": 1, "least": 2}
    assert problems.section("part", low, Section) == Section(share=0.1, count=1, least=2.0)
    assert problems.section("part", {"share": 0.5, "count": 1000}, Section) == Section(share=0.5, count=1000)
    assert problems.lines == []


def test_a_missing_required_field_gets_a_stand_in() -> None:
    problems = Problems("")
    assert problems.section("part", {}, Required) == Required("", Colour.RED)
    assert problems.lines == ["part.name is missing", "part.colour is missing"]


def test_a_key_without_a_line_of_its_own_is_placed_at_its_section() -> None:
    problems = Problems("# comment\n[part]\n[[tier]]\nname = 1\n[[tier]]\nname = 2\n")
    problems.add("part.share", "is wrong")
    problems.add("tier[1].name", "is wrong")
    problems.add("other.key", "is wrong")
    assert problems.lines == ["line 2: part.share is wrong", "line 6: tier[1].name is wrong", "other.key is wrong"]


def test_without_a_close_name_all_valid_ones_are_listed() -> None:
    problems = Problems("")
    problems.check_names("part", ["xyz"], ("share", "count"))
    problems.check_choice("part.kind", "q", ("b", "a"))
    assert problems.lines == [
        "part.xyz is an unknown key; valid: count, share",
        'part.kind has an unknown value "q"; valid: a, b',
    ]
