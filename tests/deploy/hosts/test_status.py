from msgspec.structs import replace

from cockpit.deploy.cutoff import EVERY_HOST, NO_HOST, rank
from cockpit.deploy.hosts.status import HostState, Status, Target

TARGET = Target("canary", 3, "new", "old", rank("s", "web-1"), 10, "s", "r")
STATUS = Status("web-1", "canary", HostState.SERVING, 100.0, 90.0, build="new", cold=("old",))


def test_a_target_wants_the_new_build_at_or_below_the_cutoff() -> None:
    others = [f"web-{n}" for n in range(2, 30) if rank("s", f"web-{n}") > TARGET.cutoff]
    assert TARGET.wants("web-1") == "new"
    assert {TARGET.wants(host) for host in others} == {"old"}
    assert replace(TARGET, cutoff=EVERY_HOST).wants(others[0]) == "new"
    assert replace(TARGET, cutoff=NO_HOST).wants("web-1") == "old"


def test_a_host_is_expected_to_run_the_new_build_next_unless_it_should_already() -> None:
    assert TARGET.expects("web-1") == ""
    assert replace(TARGET, cutoff=NO_HOST).expects("web-1") == "new"


def test_an_old_report_and_one_from_the_future_are_silent() -> None:
    assert [STATUS.is_silent(now, 10.0) for now in (90.0, 110.0, 110.5, 89.0)] == [False, False, True, True]


def test_a_host_has_its_hot_and_cold_builds_on_disk() -> None:
    assert [STATUS.has_on_disk(build) for build in ("new", "old", "other", "")] == [True, True, False, False]


def test_a_host_serves_its_build_only_in_the_serving_state() -> None:
    assert STATUS.serves("new")
    assert not STATUS.serves("old")
    assert not replace(STATUS, state=HostState.WARMING).serves("new")
