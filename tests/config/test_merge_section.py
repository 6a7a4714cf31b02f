from pathlib import Path

from cockpit.config import load
from cockpit.deploy.pulls.merge_policy import MergePolicy, Rule
from tests.config.test_load import REFERENCE, SMALL, problems, written

FORGE = '[forge]\nkind = "github"\nproject = "town/hall"\nevery = 200.0\n'


def test_the_reference_says_what_the_defaults_are() -> None:
    policy = load(REFERENCE).policy
    assert policy.merge == MergePolicy()
    assert policy.reviews_last == 0.0, "no forge, nothing to wait for"


def test_the_rules_are_read_and_an_answer_counts_for_three_rounds(tmp_path: Path) -> None:
    rules = '[merge]\nred = "refuse"\nunreviewed = "off"\nmost_pulls = 40\n'
    policy = load(written(tmp_path, SMALL + FORGE + rules)).policy
    assert policy.merge == MergePolicy(unreviewed=Rule.OFF, red=Rule.REFUSE, most_pulls=40)
    assert policy.reviews_last == 600.0


def test_a_rule_that_is_none_is_named_with_the_nearest(tmp_path: Path) -> None:
    found = problems(tmp_path, SMALL + '[merge]\nred = "refuze"\nmost_pulls = -1\n')
    assert any('merge.red "refuze" is not known; did you mean refuse?' in one for one in found)
    assert any("merge.most_pulls must be from 0" in one for one in found)


def test_a_rule_that_only_a_forge_can_answer_needs_one(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, SMALL + '[merge]\nunreviewed = "refuse"\n')
    assert "forge.kind must name a forge where merge.unreviewed refuses" in found


def test_a_wrong_word_for_one_of_several_is_named_in_every_section(tmp_path: Path) -> None:
    assert problems(tmp_path, SMALL + '[gate]\nautopilot = "on"\n') == [
        'line 12: gate.autopilot "on" is not known; valid: advance, full, off'
    ]
