"""Builds of the demo's shop in slots, application servers on them, and clients that ask them."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cockpit.demo.application import hook
from cockpit.demo.processes.ports import free_ports
from cockpit.demo.shop_history import Files, Story, edited, first_files, read_history

HOOK = hook.__file__


def shop_files(story: Story = Story.CLEAN, seed: int = 1) -> Files:
    """The shop with every pull request of the story in it."""
    files = first_files()
    for pull in read_history(story, seed).pulls:
        for change in pull.commit:
            files = edited(files, change)
    return files


def build_slot(files: Files, slot: Path, commit: str, build: str) -> Path:
    """Build `files` with their own build script into `slot`, labelled as the agent labels it."""
    source = slot.with_name(f"{slot.name}.source")
    for path, text in files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text, encoding="utf-8")
    env = {**os.environ, "COCKPIT_COMMIT": commit}
    subprocess.run([sys.executable, "-I", "-S", "build.py"], cwd=source, env=env, check=True)
    (source / "dist").rename(slot)
    slot.with_name(f"{slot.name}.json").write_text(json.dumps({"build": build}), encoding="utf-8")
    return slot


def point(folder: Path, slot: str) -> None:
    """Flip `current`, as the agent does."""
    fresh = folder / ".current.new"
    fresh.symlink_to(f"slots/{slot}")
    fresh.replace(folder / "current")


@dataclass(frozen=True)
class Server:
    """A running application server."""

    folder: Path
    port: int
    master: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, body."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def health(self) -> dict[str, object]:
        """What /health says."""
        said: dict[str, object] = json.loads(self.get("/health")[2])
        return said

    def hook(self, verb: str, build: str = "") -> "subprocess.CompletedProcess[str]":
        """Run one of the agent's hooks."""
        env = {**os.environ, "COCKPIT_FOLDER": str(self.folder), "COCKPIT_URL": self.url, "COCKPIT_BUILD": build}
        command = [sys.executable, "-I", "-S", HOOK, verb]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def until(self, holds: Callable[[], bool]) -> None:
        """Poll until it holds; fails after 8 s."""
        within(holds)


def within(holds: Callable[[], bool], seconds: float = 8.0) -> None:
    """Poll until it holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """An application server on `folder` that answers."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "cockpit.demo.application.appserver", "--folder", str(folder), "--port", str(port)]
    with open(folder / "app.log", "wb") as log:
        master = subprocess.Popen(command, stderr=log)
    try:
        running = Server(folder, port, master)
        running.until((folder / "app.pid").exists)
        yield running
    finally:
        master.terminate()
        master.wait(5)


def host_folder(tmp_path: Path, current: str = "a") -> Path:
    """A host's folder with builds `aaaa` of commit c1 and `bbbb` of commit c2 in its slots."""
    folder = tmp_path / "host"
    (folder / "slots").mkdir(parents=True)
    files = shop_files()
    build_slot(files, folder / "slots" / "a", "c1", "aaaa")
    build_slot(files, folder / "slots" / "b", "c2", "bbbb")
    if current:
        point(folder, current)
    return folder
