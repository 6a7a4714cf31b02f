"""What a rollback leaves and restores, from what tiers serve."""

from cockpit.deploy.build_marks import with_flaws
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.facts import AnyFact, BuildReady, Finished, RolledBack, Started
from cockpit.deploy.hosts.status import HostState, Status, Target
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from cockpit.deploy.rollback_choice import RollbackChoice, carried_builds, choose_rollback, serving_tiers
from tests.builders import LADDER, events
from tests.scenario import NOON, POLICY, build


def release(ident: str, number: int, *facts: AnyFact) -> Release:
    return fold(ident, events(Started("main", LADDER), BuildReady(build(number), "t", 1.0), *facts))


def finished(ident: str, number: int) -> Release:
    return release(ident, number, Finished(build(number).id))


def target(tier: str, number: int, base: int = 0, release: str = "1.1") -> Target:
    cutoff = "8" if base else EVERY_HOST
    return Target(tier, 1, build(number).id, build(base).id if base else "", cutoff, 50, "s", release)


def choice(releases: tuple[Release, ...], *targets: Target, statuses: tuple[Status, ...] = ()) -> RollbackChoice:
    return choose_rollback(releases, {target.tier: target for target in targets}, statuses, POLICY)


TWO = (finished("1.1", 1), finished("1.2", 2))


def test_a_build_of_the_open_release_is_left_for_the_last_good_one() -> None:
    releases = (*TWO, release("1.3", 3))
    found = choice(releases, target("canary", 3), target("production", 3, base=2))
    assert found == RollbackChoice(build(2), (build(3).id,), "1.3")


def test_a_finished_build_is_left_for_the_one_before_although_a_newer_release_was_started() -> None:
    releases = (*TWO, release("1.3", 3))
    found = choice(releases, target("staging", 3), target("canary", 2), target("production", 2))
    assert found == RollbackChoice(build(1), (build(2).id,), "1.2")


def test_a_build_that_was_rolled_back_is_never_the_target_again() -> None:
    bad = release("1.2", 2, Finished(build(2).id), RolledBack(build(1).id, ("canary",)))
    releases = with_flaws((TWO[0], bad, finished("1.3", 3)))
    assert choice(releases, target("canary", 3)) == RollbackChoice(build(1), (build(3).id,), "1.3")


def test_a_build_that_the_open_release_made_again_is_not_proved_by_an_older_release() -> None:
    releases = (*TWO, release("1.3", 1))
    found = choice(releases, target("canary", 1), target("production", 1, base=2))
    assert found == RollbackChoice(build(2), (build(1).id,), "1.3")


def test_without_targets_the_newest_release_is_left() -> None:
    assert choice(TWO) == RollbackChoice(build(1), (build(2).id,), "1.2")
    assert choice(()) == RollbackChoice(None)
    assert choice(TWO[:1], target("canary", 1)) == RollbackChoice(None, (build(1).id,), "1.1")


def test_a_tier_that_the_config_no_longer_names_counts_while_it_is_in_use() -> None:
    targets = {target.tier: target for target in (target("staging", 1), target("old", 1, release="1.2"))}
    status = Status("h", "old", HostState.SERVING, NOON, NOON, build(1).id)
    assert serving_tiers(targets, (), POLICY, "1.2") == ("old",)
    assert serving_tiers(targets, (), POLICY, "1.3") == ()
    assert serving_tiers(targets, (status,), POLICY, "1.3") == ("old",)


def test_hosts_beyond_the_cutoff_carry_the_base() -> None:
    assert carried_builds(target("canary", 2, base=1)) == {build(1).id, build(2).id}
    assert carried_builds(target("canary", 2)) == {build(2).id}
