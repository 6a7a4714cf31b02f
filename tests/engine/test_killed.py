"""kill -9 of an engine process at any moment: the next one goes on, and nothing is done twice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.repositories import Town, git

CONFIG = """
app = "yard"
[repository]
url = "origin.git"
[build]
command = ["sh", "-c", "sleep 0.4"]
[[tier]]
name = "staging"
serves = "nobody"
hosts = ["s1"]
[[tier]]
name = "back"
serves = "nobody"
hosts = ["b1", "b2"]
[[step]]
tier = "staging"
percent = 100
soak = 0
[[step]]
tier = "back"
percent = 100
soak = 0
"""


class Yard:
    """A small company of real processes, driven by the verbs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.town = Town(folder)
        (folder / "config.toml").write_text(CONFIG)

    def command(self, *argv: str) -> list[str]:
        return [sys.executable, "-m", "cockpit", "--config", str(self.folder / "config.toml"), *argv]

    @contextmanager
    def process(self, *argv: str) -> "Iterator[subprocess.Popen[bytes]]":
        with (self.folder / "log").open("ab") as log:
            running = subprocess.Popen(self.command(*argv), stdout=log, stderr=log)
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    def say(self, *argv: str) -> Any:
        done = subprocess.run(self.command(*argv, "--json"), capture_output=True, text=True, check=False)
        return json.loads(done.stdout)

    def events(self, release: str) -> list[str]:
        return [event["what"]["type"] for event in self.say("history", release)["events"]]

    def until(self, release: str, kind: str) -> None:
        """Waits for that event. The store is another process's: it can only be asked again."""
        end = monotonic() + 30
        while kind not in (seen := self.events(release)):
            assert monotonic() < end, (kind, seen, (self.folder / "log").read_text())
            sleep(0.1)


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    made = Yard(tmp_path)
    hosts = (("s1", "staging"), ("b1", "back"), ("b2", "back"))
    agents = [
        made.process("agent", "--host", host, "--tier", tier, "--folder", str(tmp_path / host)) for host, tier in hosts
    ]
    with agents[0], agents[1], agents[2]:
        yield made


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is meant")
def test_a_hotfix_goes_through_although_every_engine_is_killed_at_its_next_event(yard: Yard) -> None:
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
        end = monotonic() + 30
        while not yard.say("advance").get("done"):
            assert monotonic() < end, yard.say("status")
            sleep(0.2)
        end = monotonic() + 30
        while not yard.say("finish").get("done"):
            assert monotonic() < end, yard.say("status")
            sleep(0.2)
    told = yard.events(release)
    once = ("Started", "Cut", "RevertAsked", "Reverted", "Finished")
    assert [kind for kind in once if told.count(kind) != 1] == []
    origin = yard.town.origin
    assert git(origin, "log", "--format=%s", "main").splitlines()[:2] == ["Revert #8: Bad", "Bad (#8)"]
    assert git(origin, "ls-tree", "--name-only", f"release/{release}", "good.txt", "bad.txt") == "good.txt"
    for host in ("s1", "b1", "b2"):
        assert (yard.folder / host / "current" / "good.txt").exists()
        assert not (yard.folder / host / "current" / "bad.txt").exists()
    assert yard.say("history", "--verify") == {"events": len(yard.events(first)) + len(told), "broken": []}
