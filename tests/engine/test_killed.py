"""kill -9 of an engine process at any moment: the next one goes on, and nothing is done twice."""

import os
from pathlib import Path

import pytest

from tests.repositories import git
from tests.yards import HOSTS, Yard


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is meant")
def test_a_hotfix_goes_through_although_every_engine_is_killed_at_its_next_event(tmp_path: Path) -> None:
    yard = Yard(tmp_path)
    with yard.agents():
        first = yard.say("install")["release"]
        with yard.process("engine"):
            yard.until(first, "Finished")
        yard.town.squash_pr(7, "Good", {"good.txt": "good\n"})
        yard.town.squash_pr(8, "Bad", {"bad.txt": "bad\n"})
        release = yard.say("start")["release"]
        for kind in ("Cut", "BuildReady", "SmokePassed"):
            with yard.process("engine"):  # killed as soon as this is in the log, whatever it is at by then
                yard.until(release, kind)
        assert yard.say("revert", "8", "--why", "it is bad")["done"]
        with yard.process("engine"):
            yard.until(release, "Reverted")
        with yard.process("engine"):
            for verb in ("advance", "advance", "finish"):
                yard.insist(verb)
        told = yard.events(release)
        once = ("Started", "Cut", "RevertAsked", "Reverted", "Finished")
        assert [kind for kind in once if told.count(kind) != 1] == []
        origin = yard.town.origin
        assert git(origin, "log", "--format=%s", "main").splitlines()[:2] == ["Revert #8: Bad", "Bad (#8)"]
        assert git(origin, "ls-tree", "--name-only", f"release/{release}", "good.txt", "bad.txt") == "good.txt"
        assert {yard.serves(host) for host, _ in HOSTS} == {"good"}
        proof = yard.say("history", "--verify")
        assert (proof["events"], proof["broken"]) == (len(yard.events(first)) + len(told), [])
        assert proof["verified"]
