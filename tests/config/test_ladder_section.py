"""Tiers and steps agree: known tiers, rising percentages, 100 % at the end."""

from pathlib import Path

import pytest

from tests.config.config_files import SMALL, problems


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("percent = 100", "percent = 0"), "step[0].percent must be above 0 and at most 100"),
        (("percent = 100", "percent = 101"), "step[0].percent must be above 0 and at most 100"),
        (("soak = 0", "soak = -1"), "step[0].soak must be a finite number, at least 0"),
        (("soak = 0", "soak = nan"), "step[0].soak must be a finite number, at least 0"),
        (("soak = 0", "soak = inf"), "step[0].soak must be a finite number, at least 0"),
        (('serves = "nobody"', 'serves = "nobody"\nhosts = ["a", "a"]'), "tier names the host a twice"),
        (('serves = "nobody"', 'serves = "nobody"\nmax_unavailable = 0'), "must be a count of at least 1, or a share"),
        (('serves = "nobody"', 'serves = "nobody"\nmax_unavailable = "all"'), "must be a count of at least 1, or a"),
        (('"nobody"', '"nobodi"'), 'tier[0].serves has an unknown value "nobodi"; did you mean nobody?'),
        (("[[step]]", "[step]"), "step must be written as [[step]]"),
        (('name = "staging"', 'name = "a/b"'), "tier[0].name must not be empty or contain a slash"),
        (("[[step]]", '[[tier]]\nname = "staging"\nserves = "nobody"\n[[step]]'), '"staging" is a duplicate'),
        (("percent = 100", "percent = 50"), "step never takes staging to 100 %: add a step"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    assert any(problem in line for line in problems(tmp_path, SMALL.replace(*change)))


def test_a_config_needs_a_tier_and_a_step(tmp_path: Path) -> None:
    assert problems(tmp_path, '[repository]\nurl = "origin.git"\n') == [
        "tier needs at least one [[tier]]",
        "step needs at least one [[step]]",
    ]
