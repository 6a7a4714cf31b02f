"""The merge rules are read, and a rule that needs a forge says so."""

from pathlib import Path

from cockpit.config import load
from cockpit.deploy.pulls.merge_policy import MergePolicy, Rule
from tests.config.config_files import REFERENCE, SMALL, problems, written

FORGE = '[forge]\nkind = "github"\nproject = "acme/shop"\nevery = 200.0\n'


def test_the_reference_shows_the_defaults() -> None:
    assert load(REFERENCE).policy.merge == MergePolicy()


def test_the_rules_are_read_and_an_answer_is_valid_for_three_rounds(tmp_path: Path) -> None:
    rules = '[merge]\nred = "refuse"\nunreviewed = "off"\nmost_pulls = 40\n'
    policy = load(written(tmp_path, SMALL + FORGE + rules)).policy
    assert policy.merge == MergePolicy(unreviewed=Rule.OFF, red=Rule.REFUSE, most_pulls=40)
    assert policy.reviews_valid_for == 600.0


def test_an_invalid_rule_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    lines = problems(tmp_path, SMALL + '[merge]\nred = "refuze"\nmost_pulls = -1\n')
    assert lines == [
        'line 12: merge.red has an unknown value "refuze"; did you mean refuse?',
        "line 13: merge.most_pulls must be from 0 to 100000",
    ]


def test_a_rule_that_refuses_needs_a_forge(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, SMALL + '[merge]\nunreviewed = "refuse"\n')
    assert line == 'forge.kind must name a forge if merge.unreviewed is "refuse"'


def test_an_invalid_choice_is_named_in_every_section(tmp_path: Path) -> None:
    assert problems(tmp_path, SMALL + '[gate]\nautopilot = "on"\n') == [
        'line 12: gate.autopilot has an unknown value "on"; valid: advance, full, off'
    ]
