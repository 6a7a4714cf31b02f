"""A small company of real processes, driven by the verbs of the shell, and a witness who sees what its hosts serve."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.git_origin import GitOrigin, git

CONFIG = """
app = "shop"
[repository]
url = "origin.git"
[build]
command = ["sh", "-c", "{build}"]
{store}
[[tier]]
name = "staging"
serves = "nobody"
hosts = ["s1"]
[[tier]]
name = "back"
serves = "nobody"
hosts = ["b1", "b2", "b3"]
[[step]]
tier = "staging"
percent = 100
soak = 0
[[step]]
tier = "back"
percent = 30
soak = 0
[[step]]
tier = "back"
percent = 100
soak = 0
[gate]
silent_after = 4.0
[agent]
heartbeat = 1.0
drain_least = 0.0
"""
HOSTS = (("s1", "staging"), ("b1", "back"), ("b2", "back"), ("b3", "back"))
PATIENCE = 60.0


class ProcessCompany:
    """The company's folder, and what a person there does in a shell."""

    def __init__(self, folder: Path, store: str = "", build: str = "sleep 0.4") -> None:
        self.folder = folder
        self.origin = GitOrigin(folder)
        (folder / "config.toml").write_text(CONFIG.format(store=store, build=build))

    def command(self, *argv: str) -> list[str]:
        return [sys.executable, "-m", "cockpit", "--config", str(self.folder / "config.toml"), *argv]

    @contextmanager
    def process(self, *argv: str, log: str = "log") -> "Iterator[subprocess.Popen[bytes]]":
        """A process of cockpit, killed at the end."""
        with (self.folder / log).open("ab") as said:
            running = subprocess.Popen(self.command(*argv), stdout=said, stderr=said)
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    @contextmanager
    def agents(self) -> Iterator[None]:
        """An agent for each host."""
        with ExitStack() as ends:
            for host, tier in HOSTS:
                where = str(self.folder / host)
                ends.enter_context(self.process("agent", "--host", host, "--tier", tier, "--folder", where))
            yield

    def json(self, *argv: str) -> Any:
        """What a verb answers; an empty answer where the store does not."""
        done = subprocess.run(self.command(*argv, "--json"), capture_output=True, text=True, check=False)
        return json.loads(done.stdout or "{}")

    def run(self, *argv: str) -> tuple[int, str]:
        """A verb's exit code, and what it says on stderr."""
        done = subprocess.run(self.command(*argv), capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def events(self, release: str) -> list[str]:
        return [event["what"]["type"] for event in self.json("history", release).get("events", ())]

    def until(self, release: str, kind: str) -> None:
        """Wait for that event."""
        self.wait(lambda: kind in self.events(release), kind)

    def retry(self, *argv: str) -> Any:
        """Give a command until it is done."""
        answers: list[Any] = []

        def done() -> bool:
            answers.append(self.json(*argv))
            return bool(answers[-1].get("done"))

        self.wait(done, " ".join(argv))
        return answers[-1]

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Ask until it is so: the store is another process's."""
        end = monotonic() + PATIENCE
        while not holds():
            assert monotonic() < end, (what, self.json("status"), (self.folder / "log").read_text()[-3000:])
            sleep(0.1)

    def serves(self, host: str) -> str:
        """Which content is live there: `first`, `bad`, `good`, or nothing."""
        current = self.folder / host / "current"
        while True:
            slot = current.resolve()
            if not slot.is_dir():
                return ""
            has = (slot / "good.txt").exists(), (slot / "bad.txt").exists()
            if current.resolve() == slot:  # else it was flipped while we looked
                return {(False, False): "first", (True, True): "bad", (True, False): "good"}[has]


class ServingWatcher:
    """Sees what every host serves, all the time, and in which order."""

    def __init__(self, company: ProcessCompany) -> None:
        self._company = company
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.saw: dict[str, list[str]] = {host: [] for host, _ in HOSTS}

    def __enter__(self) -> "ServingWatcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.01):
            for host, saw in self.saw.items():
                served = self._company.serves(host)
                if served and saw[-1:] != [served]:
                    saw.append(served)

    def never_went_back(self) -> bool:
        """Whether every host served what it was asked for, in the order in which it was asked, and nothing twice."""
        order = ("first", "bad", "good")
        return all(saw == sorted(set(saw), key=order.index) for saw in self.saw.values())


def play_hotfix(company: ProcessCompany, fault: Callable[[], None]) -> str:
    """A release with a bad PR from install to finish, by the verbs, with a `fault` in the middle of a step; its id."""
    first = company.retry("install")["release"]
    company.until(first, "Finished")
    company.origin.squash_pr(7, "Good", {"good.txt": "good\n"})
    company.origin.squash_pr(8, "Bad", {"bad.txt": "bad\n"})
    release = str(company.retry("start")["release"])
    company.until(release, "SmokePassed")
    company.retry("advance")
    fault()
    company.retry("revert", "8", "--why", "it is bad")
    company.until(release, "Reverted")
    for _ in range(2):
        company.retry("advance")
    company.retry("finish")
    told = company.events(release)
    once = ("Started", "Cut", "RevertAsked", "Reverted", "Finished")
    assert [kind for kind in once if told.count(kind) != 1] == []
    subjects = git(company.origin.path, "log", "--format=%s", "main").splitlines()[:2]
    assert subjects == ["Revert #8: Bad", "Bad (#8)"]
    assert {company.serves(host) for host, _ in HOSTS} == {"good"}
    assert company.json("history", "--verify")["broken"] == []
    return release
