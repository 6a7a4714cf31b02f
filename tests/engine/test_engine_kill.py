"""kill -9 of an engine process at any moment: the next one goes on, and nothing is done twice."""

import os
from pathlib import Path

import pytest

from tests.git_origin import git
from tests.process_company import ProcessCompany


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is meant")
def test_a_hotfix_succeeds_although_every_engine_is_killed_at_its_next_event(tmp_path: Path) -> None:
    company = ProcessCompany(tmp_path)
    with company.agents():
        first = company.json("install")["release"]
        with company.short_lease_engine():
            company.until(first, "Finished")
        company.origin.squash_pr(7, "Good", {"good.txt": "good\n"})
        company.origin.squash_pr(8, "Bad", {"bad.txt": "bad\n"})
        release = company.json("start")["release"]
        for kind in ("Cut", "BuildReady", "SmokePassed"):
            with company.short_lease_engine():  # killed as soon as the log has this event
                company.until(release, kind)
        assert company.json("revert", "8", "--why", "it is bad")["done"]
        with company.short_lease_engine():
            company.until(release, "Reverted")
        with company.short_lease_engine():
            for verb in ("advance", "advance", "finish"):
                company.retry(verb)
        events = company.events(release)
        once = ("Started", "Cut", "RevertAsked", "Reverted", "Finished")
        assert [kind for kind in once if events.count(kind) != 1] == []
        origin = company.origin.path
        assert git(origin, "log", "--format=%s", "main").splitlines()[:2] == ["Revert #8: Bad", "Bad (#8)"]
        assert git(origin, "ls-tree", "--name-only", f"release/{release}", "good.txt", "bad.txt") == "good.txt"
        assert company.served_by_all() == {"good"}
        proof = company.json("history", "--verify")
        assert (proof["events"], proof["broken"]) == (len(company.events(first)) + len(events), [])
        assert proof["verified"]
