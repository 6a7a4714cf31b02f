"""A build that was healthy on this host before is remembered, within a bound."""

from cockpit.agent.good_builds import MAX_GOOD, destination, has_proved_well, with_good
from cockpit.agent.intent import Intent
from cockpit.deploy.hosts.status import HostState


def test_the_last_good_build_and_those_remembered_have_proved_well() -> None:
    intent = Intent(last_good="a", good=("b", "c"))
    assert [build for build in ("", "a", "b", "c", "d") if has_proved_well(intent, build)] == ["a", "b", "c"]
    assert not has_proved_well(Intent(), "")


def test_a_good_build_is_remembered_once_as_the_last_one() -> None:
    assert with_good(Intent(good=("b", "c")), "c") == ("c", "b")
    assert with_good(Intent(good=("b",)), "") == ("b",)
    assert len(with_good(Intent(good=tuple("abcdefgh")), "z")) == MAX_GOOD


def test_a_revert_leads_to_the_build_before() -> None:
    assert destination(Intent(HostState.REVERTING, wanted="new", previous="old")) == "old"
    assert destination(Intent(HostState.WARMING, wanted="new", previous="old")) == "new"
