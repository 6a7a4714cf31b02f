"""Where a change is, by what hosts report."""

from dataclasses import replace

import pytest

from cockpit.deploy.facts import Abandoned, Advanced, BuildReady, Cut, Finished, Reverted, RolledBack, Started
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.record.whereis import (
    Basis,
    ChangeStage,
    Goal,
    SoughtChange,
    TierPresence,
    Whereabouts,
    builds_listing,
    parse_goal,
    targeted_since,
    whereis,
)
from tests.builders import (
    FIXED,
    LADDER,
    NEW,
    NOW,
    OLD,
    PULLS,
    at_canary,
    at_production,
    events,
    finished_release,
    hotfixed,
    idle,
    rolled_back,
    status,
)


def change(pull: PullRequest) -> SoughtChange:
    return SoughtChange(pull.name, pull.title, pull.commits[-1], pull)


def counts(whereabouts: Whereabouts) -> dict[str, tuple[int, int]]:
    return {tier.tier: (tier.running, tier.hosts) for tier in whereabouts.tiers}


def test_a_pr_of_the_open_release_is_on_hosts_that_report_its_build() -> None:
    whereabouts = whereis(at_canary(), change(PULLS[4]))
    assert (whereabouts.stage, whereabouts.releases) == (ChangeStage.RELEASED, ("2026-11-23.3",))
    assert counts(whereabouts) == {"staging": (1, 1), "dogfood": (2, 2), "canary": (1, 1), "production": (0, 10)}
    assert whereabouts.share == 4 / 14


def test_a_host_that_is_silent_or_never_reported_is_named_and_not_counted() -> None:
    snapshot = at_production(100)
    statuses = {host: one for host, one in snapshot.statuses.value.items() if host != "web-09"}
    statuses["web-08"] = status("web-08", "production", NEW, age=95.0)
    snapshot = replace(snapshot, statuses=replace(snapshot.statuses, value=statuses))
    production = whereis(snapshot, change(PULLS[4])).tiers[-1]
    assert set(production.unknown) == {"web-07", "web-08", "web-09"}
    assert (production.running, production.hosts) == (6, 10)
    assert not Goal("production").reached(whereis(snapshot, change(PULLS[4])))


def test_a_host_on_an_older_build_does_not_have_it() -> None:
    snapshot = at_production(100)
    statuses = dict(snapshot.statuses.value)
    statuses["web-01"] = status("web-01", "production", OLD, HostState.PULLING)
    before = whereis(snapshot, change(PULLS[4])).tiers[-1].running
    whereabouts = whereis(replace(snapshot, statuses=replace(snapshot.statuses, value=statuses)), change(PULLS[4]))
    assert whereabouts.tiers[-1].running == before - 1


def test_a_change_of_an_earlier_release_is_in_every_later_one() -> None:
    whereabouts = whereis(at_canary(PULLS[2:]), change(PULLS[0]))
    assert whereabouts.releases == ("2026-11-22.4", "2026-11-23.3")
    assert counts(whereabouts)["production"] == (10, 10)
    assert Goal().reached(whereabouts)


def test_a_change_on_main_alone_is_in_no_release() -> None:
    assert whereis(idle(), change(PULLS[5])).stage is ChangeStage.UNRELEASED
    nowhere = whereis(idle(), SoughtChange("#99", merged=False))
    assert (nowhere.stage, nowhere.share) == (ChangeStage.NOT_MERGED, 0.0)


def test_a_reverted_pr_is_only_in_the_builds_before_its_revert() -> None:
    snapshot = hotfixed()
    whereabouts = whereis(snapshot, change(PULLS[2]))
    assert (whereabouts.stage, whereabouts.reverted) == (ChangeStage.REVERTED, "2026-11-23.3")
    assert whereabouts.share == 0
    assert whereis(snapshot, change(PULLS[3])).tiers[0].running == 1
    assert builds_listing(snapshot.log.value.releases, PULLS[2]) == {NEW.id}
    assert builds_listing(snapshot.log.value.releases, PULLS[3]) == {NEW.id, FIXED.id}


def test_a_reverted_pr_stays_out_of_the_next_release_even_if_its_list_has_it() -> None:
    first = fold(
        "2026-11-23.3",
        events(
            Started("main", LADDER),
            Cut("b", "t", NEW.commit, "", PULLS),
            BuildReady(NEW, "t", 1.0),
            Reverted(33, ("a" * 40,), (FIXED.commit,), "t1"),
            Abandoned(),
        ),
    )
    second = fold(
        "2026-11-23.4",
        events(Started("main", LADDER), Cut("b", "t", OLD.commit, "", PULLS), BuildReady(OLD, "t", 1.0)),
    )
    assert builds_listing((first, second), PULLS[2]) == {NEW.id}
    assert builds_listing((first, second), PULLS[3]) == {NEW.id, OLD.id}


def test_history_takes_precedence_over_the_lists() -> None:
    whereabouts = whereis(at_canary(), change(PULLS[4]), {NEW.id: False})
    assert (whereabouts.basis, whereabouts.share) == (Basis.HISTORY, 0.0)
    whereabouts = whereis(at_canary(), SoughtChange("abcdef0123", commit="abcdef0123"), {NEW.id: True, OLD.id: True})
    assert whereabouts.share == 1.0
    assert whereis(at_canary(), change(PULLS[4])).basis is Basis.LISTS


def test_since_is_when_a_tier_was_told_to_run_it_and_still_is() -> None:
    snapshot = at_canary()
    release = snapshot.log.value.releases[-1]
    at = {event.what.step: event.at for event in release.events if isinstance(event.what, Advanced)}
    since = {tier.tier: tier.since for tier in whereis(snapshot, change(PULLS[4])).tiers}
    assert since == {"staging": at["staging"], "dogfood": at["dogfood"], "canary": at["canary"], "production": 0.0}


def test_after_a_rollback_the_serving_tiers_no_longer_have_it() -> None:
    whereabouts = whereis(rolled_back(), change(PULLS[4]))
    assert {tier.tier: bool(tier.since) for tier in whereabouts.tiers} == {
        "staging": True,
        "dogfood": False,
        "canary": False,
        "production": False,
    }


def test_a_tier_that_was_rolled_back_has_it_since_the_later_step() -> None:
    made = events(
        Started("main", LADDER),
        Cut("b", "t", NEW.commit, "", PULLS),
        BuildReady(NEW, "t", 1.0),
        Advanced(1, "dogfood", NEW.id),
        RolledBack(OLD.id, ("dogfood",)),
        Advanced(1, "dogfood", NEW.id),
        Finished(NEW.id),
    )
    since = targeted_since((finished_release(), fold("2026-11-23.3", made)), frozenset({NEW.id}))
    assert since == {"dogfood": made[5].at}


def test_an_install_tells_every_tier_at_once() -> None:
    made = events(Started("main", LADDER, install=True), Advanced(7, "every host", NEW.id))
    since = targeted_since((fold("2026-11-23.1", made),), frozenset({NEW.id}))
    assert since == dict.fromkeys(("staging", "dogfood", "canary", "production"), made[1].at)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("100%", Goal()),
        ("25 %", Goal(share=0.25)),
        ("canary", Goal("canary")),
        ("0%", None),
        ("101%", None),
        ("-5%", None),
        ("half", None),
        ("25", None),
        ("", None),
        ("٣%", None),
    ],
)
def test_a_goal_is_a_share_or_a_tier(text: str, means: Goal | None) -> None:
    assert parse_goal(text, ("staging", "canary")) == means


def test_a_goal_without_hosts_is_never_reached() -> None:
    nowhere = Whereabouts(SoughtChange("#1"), ChangeStage.RELEASED, (TierPresence("canary", 0, 0),))
    assert not Goal().reached(nowhere)
    assert not Goal("canary").reached(nowhere)
    assert not Goal("gone").reached(nowhere)


def test_silence_is_measured_at_the_time_of_the_snapshot() -> None:
    snapshot: Snapshot = at_canary()
    later = replace(snapshot, now=NOW + 600)
    assert whereis(later, change(PULLS[4])).share == 0, "no host has reported for ten minutes"
