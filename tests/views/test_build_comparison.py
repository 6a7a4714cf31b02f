"""The new build is compared with the old as the gate does."""

from cockpit.views.build_comparison import compare, interval, newest
from cockpit.views.sparkline import total
from tests.builders import FIXED, NEW, POLICY, at_canary, hotfixed, idle


def test_new_and_old_build_of_a_tier_are_counted_separately() -> None:
    pair = compare(at_canary(), "dogfood", 2.0, 60)
    assert total(pair.new).requests == 20 * 20
    assert total(pair.old).requests > 20 * 20


def test_a_tier_on_the_new_build_alone_is_compared_with_public_tiers() -> None:
    pair = compare(at_canary(), "canary", 2.0, 60)
    assert total(pair.old).errors / total(pair.old).requests < 0.002
    assert total(pair.old).requests > 10_000


def test_a_withdrawn_build_of_the_release_is_neither_new_nor_old() -> None:
    snapshot = hotfixed()
    assert newest(snapshot) == FIXED.id
    pair = compare(snapshot, "dogfood", 2.0, 60)
    assert total(pair.new).requests == 0
    assert total(pair.old).errors / total(pair.old).requests < 0.01, "the withdrawn build's errors are not the old's"


def test_the_newest_build_is_that_of_the_newest_release() -> None:
    assert newest(at_canary()) == NEW.id
    assert newest(idle()) == idle().good_releases[-1].builds[-1].id


def test_intervals_are_round_numbers_that_cover_the_longest_soak() -> None:
    longest = max(step.soak for step in POLICY.ladder)
    assert interval(idle(), 60) * 60 >= 3 * longest
    assert interval(idle(), 10) in {20.0, 30.0}
