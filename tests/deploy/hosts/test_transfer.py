"""The progress of a pull comes from the hosts' own reports."""

from msgspec.structs import replace

from cockpit.deploy.hosts.rollout import rollout
from cockpit.deploy.hosts.status import HostState, Pulling, Status
from cockpit.deploy.hosts.transfer import (
    Transfer,
    host_rate,
    host_seconds_left,
    progress_text,
    remaining_text,
    size_text,
    transfer,
    transfer_text,
)
from cockpit.deploy.tiers import Audience, Tier

OLD, NEW, NEXT = "a" * 64, "b" * 64, "c" * 64
NOW = 1000.0


def host(name: str, build: str = OLD, cold: tuple[str, ...] = (), at: float = NOW) -> Status:
    return Status(name, "web", HostState.SERVING, at, NOW - 60, build, cold)


def puller(name: str, fetched: int, total: int, seconds: float = 10.0, build: str = NEW, at: float = NOW) -> Status:
    pulling = Pulling(build, at - seconds, fetched, total)
    return replace(host(name, at=at), state=HostState.PULLING, pulling=pulling)


def transfer_of(*statuses: Status) -> Transfer | None:
    tier = Tier("web", Audience.PUBLIC, tuple(status.host for status in statuses))
    return transfer(rollout(tier, None, statuses, NOW, 10.0))


def test_without_a_pull_there_is_no_transfer() -> None:
    assert transfer_of(host("one"), host("two", NEW)) is None
    assert transfer_of() is None


def test_the_slowest_host_decides_the_time_left() -> None:
    progress = transfer_of(
        host("a", NEW), host("b", cold=(NEW,)), puller("c", 500, 1000), puller("d", 900, 1000), host("e")
    )
    assert progress == Transfer(NEW, 5, 2, 2, 0, 1400, 2000, 140.0, 10.0, 0)
    assert (
        transfer_text(progress)
        == "pulling bbbbbbbbbb: 2 of 5 hosts have it, 2 pull, 1.4 kB of 2.0 kB, 140 B/s, about 10 s left"
    )


def test_a_host_without_an_estimate_makes_the_time_left_a_minimum() -> None:
    progress = transfer_of(puller("a", 500, 1000), puller("b", 10, 0), puller("c", 0, 1000, seconds=0.1))
    assert progress
    assert (progress.total, progress.rate, progress.seconds_left, progress.without_estimate) == (None, 51.0, 10.0, 2)
    assert remaining_text(progress) == "at least 10 s left"


def test_without_any_estimate_the_time_left_is_unknown() -> None:
    progress = transfer_of(puller("a", 0, 0, seconds=0.0))
    assert progress
    assert progress_text(progress) == "0 B of unknown, rate unknown, time left unknown"


def test_a_stalled_host_has_no_estimate() -> None:
    stalled = puller("a", 0, 1000)
    assert (host_rate(stalled), host_seconds_left(stalled)) == (0.0, None)
    slower = [host_rate(puller("a", 500, 1000, seconds)) or 0.0 for seconds in (5.0, 10.0, 60.0)]
    assert slower == sorted(slower, reverse=True)


def test_a_host_with_all_bytes_needs_no_more_time() -> None:
    assert host_seconds_left(puller("a", 1000, 1000)) == 0.0
    assert host_seconds_left(puller("a", 1200, 1000)) == 0.0


def test_silent_hosts_neither_pull_nor_have_the_build() -> None:
    progress = transfer_of(puller("a", 500, 1000), puller("b", 500, 1000, at=NOW - 60), host("c", NEW, at=NOW - 60))
    assert progress
    assert (progress.pulling, progress.on_disk, progress.silent) == (1, 0, 2)


def test_the_transfer_is_of_the_build_that_most_hosts_pull() -> None:
    progress = transfer_of(puller("a", 1, 2, build=NEXT), puller("b", 1, 2), puller("c", 1, 2))
    assert progress
    assert (progress.build, progress.pulling) == (NEW, 2)


def test_sizes_have_units() -> None:
    sizes = [size_text(count) for count in (0, 999, 1000, 134_000, 10_350_000, 2.5e12)]
    assert sizes == ["0 B", "999 B", "1.0 kB", "134 kB", "10.3 MB", "2.5 TB"]
