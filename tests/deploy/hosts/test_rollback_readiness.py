"""Which hosts can roll back at once, and how long a swap takes."""

from msgspec.structs import replace

from cockpit.deploy.hosts.rollback_readiness import (
    Readiness,
    precise_duration,
    readiness,
    readiness_text,
    swap_text,
    swap_times,
)
from cockpit.deploy.hosts.rollout import rollout
from cockpit.deploy.hosts.status import HostState, Status, Swap
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.tiers import Audience, Tier
from cockpit.rules.decisions import roll_back
from tests.builders import ADA, pulling

GOOD, NEW = "a" * 64, "b" * 64
NOW = 1000.0


def host(name: str, build: str, *cold: str, at: float = NOW) -> Status:
    return Status(name, "web", HostState.SERVING, at, NOW - 60, build, cold)


def readiness_of(*statuses: Status, build: str = GOOD, never: tuple[str, ...] = ()) -> Readiness:
    tier = Tier("web", Audience.PUBLIC, (*never, *(status.host for status in statuses)))
    return readiness([rollout(tier, None, statuses, NOW, 10.0)], build)


def test_hot_and_cold_builds_are_on_disk() -> None:
    fleet = readiness_of(host("a", GOOD), host("b", NEW, GOOD), host("c", NEW))
    assert (fleet.hosts, fleet.on_disk, fleet.missing, fleet.silent, fleet.share) == (3, 2, 1, 0, 2 / 3)
    assert not fleet.ready
    assert readiness_of(host("a", GOOD, GOOD)).ready


def test_silent_hosts_are_not_counted_as_ready() -> None:
    fleet = readiness_of(host("a", GOOD), host("b", GOOD, at=NOW - 60), never=("c",))
    assert (fleet.on_disk, fleet.missing, fleet.silent, fleet.ready) == (1, 0, 2, False)
    assert readiness_text(fleet).startswith("1 of 3 hosts have it on disk, 2 silent; the duration of a swap is unknown")


def test_without_a_good_build_or_a_host_there_is_no_share() -> None:
    assert readiness_of(host("a", ""), build="").share is None
    assert readiness_text(readiness_of(build="")) == "there is no build to roll back to"
    assert readiness_of().share is None
    assert not readiness_of().ready


def test_swap_times_are_the_median_and_the_slowest() -> None:
    swaps = [Swap(NEW, NOW, out, flip) for out, flip in ((4.0, 0.003), (5.0, None), (90.0, 0.002))]
    assert swap_text(swap_times(swaps)) == "a swap took 5.0 s, 90 s at most, its flip 3 ms".replace(
        "90 s", precise_duration(90.0)
    )
    assert swap_text(swap_times(swaps[1:2])) == "a swap took 5.0 s"
    assert swap_times([]) is None


def test_a_host_without_a_swap_is_left_out() -> None:
    swapped = replace(host("a", GOOD), swap=Swap(GOOD, NOW, 4.0, 0.0))
    fleet = readiness_of(swapped, host("b", GOOD))
    assert fleet.swap
    assert (fleet.swap.hosts, fleet.swap.median, fleet.swap.flip) == (1, 4.0, 0.0)


def test_the_rollback_dialogue_shows_the_readiness() -> None:
    plan = roll_back(pulling(), CommandRequest(ADA))
    assert isinstance(plan, Plan)
    assert plan.title.endswith(
        "9 of 13 hosts have it on disk, 1 silent; a swap took 5.0 s, 6.0 s at most, its flip 3 ms"
    )
