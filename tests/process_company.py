"""A small company of real processes, driven by shell verbs, and a watcher of what its hosts serve."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from cockpit import wiring
from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.ports import Failed
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
SHORT_LEASE = 2.0
ROOT = Path(__file__).parents[1]


class ProcessCompany:
    """The company's folder, its processes and its shell verbs."""

    def __init__(self, folder: Path, store: str = "", build: str = "sleep 0.4") -> None:
        self.folder = folder
        self.origin = GitOrigin(folder)
        (folder / "config.toml").write_text(CONFIG.format(store=store, build=build))

    def command(self, *argv: str, program: Sequence[str] = ("cockpit",)) -> list[str]:
        """The command line of a verb."""
        return [sys.executable, "-m", *program, "--config", str(self.folder / "config.toml"), *argv]

    @contextmanager
    def process(
        self, *argv: str, log: str = "log", program: Sequence[str] = ("cockpit",)
    ) -> "Iterator[subprocess.Popen[bytes]]":
        """Run a verb in the background; it is killed at the end."""
        with (self.folder / log).open("ab") as output:
            running = subprocess.Popen(self.command(*argv, program=program), stdout=output, stderr=output, cwd=ROOT)
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    def short_lease_engine(self, log: str = "log") -> "AbstractContextManager[subprocess.Popen[bytes]]":
        """Run an engine whose lease expires soon after it was killed."""
        return self.process("engine", log=log, program=("tests.engine_process", str(SHORT_LEASE)))

    @contextmanager
    def agents(self) -> Iterator[None]:
        """Run an agent for each host."""
        with ExitStack() as ends:
            for host, tier in HOSTS:
                folder = str(self.folder / host)
                ends.enter_context(self.process("agent", "--host", host, "--tier", tier, "--folder", folder))
            yield

    def json(self, *argv: str) -> Any:
        """The JSON output of a verb; empty if it failed."""
        done = subprocess.run(self.command(*argv, "--json"), capture_output=True, text=True, check=False)
        return json.loads(done.stdout or "{}")

    def run(self, *argv: str) -> tuple[int, str]:
        """A verb's exit code and stderr."""
        done = subprocess.run(self.command(*argv), capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def events(self, release: str) -> list[str]:
        """The kinds of the release's events, read from the store; none if it does not answer."""

        async def read() -> list[str]:
            async with wiring.open_context(load(self.folder / "config.toml"), read_only=True) as context:
                entries = await context.store.list(f"{store_keys.RELEASES}{release}/")
            return [json.loads(entry.value or b"")["what"]["type"] for entry in entries]

        try:
            return asyncio.run(read())
        except Failed:
            return []

    def until(self, release: str, kind: str) -> None:
        """Wait for an event of that kind."""
        self.wait(lambda: kind in self.events(release), kind)

    def retry(self, *argv: str) -> Any:
        """Repeat a command until it is executed; its output."""
        outputs: list[Any] = []

        def done() -> bool:
            outputs.append(self.json(*argv))
            return bool(outputs[-1].get("done"))

        self.wait(done, " ".join(argv))
        return outputs[-1]

    def wait(self, holds: Callable[[], bool], name: str) -> None:
        """Poll until it holds; fails at the timeout with `name`, the status and the log."""
        end = monotonic() + PATIENCE
        while not holds():
            assert monotonic() < end, (name, self.json("status"), (self.folder / "log").read_text()[-3000:])
            sleep(0.1)

    def served(self, host: str) -> str:
        """The content that the host serves: `first`, `bad`, `good`, or empty for none."""
        current = self.folder / host / "current"
        while True:
            slot = current.resolve()
            if not slot.is_dir():
                return ""
            files = (slot / "good.txt").exists(), (slot / "bad.txt").exists()
            if current.resolve() == slot:  # else it was flipped between the two reads
                return {(False, False): "first", (True, True): "bad", (True, False): "good"}[files]

    def served_by_all(self) -> set[str]:
        """The contents that the hosts serve."""
        return {self.served(host) for host, _ in HOSTS}


class ServingWatcher:
    """Records in a thread what every host serves, in order."""

    def __init__(self, company: ProcessCompany) -> None:
        self._company = company
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.served: dict[str, list[str]] = {host: [] for host, _ in HOSTS}

    def __enter__(self) -> "ServingWatcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.01):
            for host, contents in self.served.items():
                content = self._company.served(host)
                if content and contents[-1:] != [content]:
                    contents.append(content)

    def never_went_back(self) -> bool:
        """Whether every host served the contents in the order of the targets, and none twice."""
        order = ("first", "bad", "good")
        return all(contents == sorted(set(contents), key=order.index) for contents in self.served.values())


def play_hotfix(company: ProcessCompany, fault: Callable[[], None]) -> str:
    """Play a release with a bad PR from install to finish, with a `fault` in the middle of a step; its id."""
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
    events = company.events(release)
    once = ("Started", "Cut", "RevertAsked", "Reverted", "Finished")
    assert [kind for kind in once if events.count(kind) != 1] == []
    subjects = git(company.origin.path, "log", "--format=%s", "main").splitlines()[:2]
    assert subjects == ["Revert #8: Bad", "Bad (#8)"]
    assert company.served_by_all() == {"good"}
    assert company.json("history", "--verify")["broken"] == []
    return release
