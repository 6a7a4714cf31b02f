"""Builds of the demo's shop in slots, and application servers that serve them."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cockpit.demo.application import hook
from cockpit.demo.processes.ports import free_ports
from cockpit.demo.shop_history import Files, Story, apply_change, initial_files, read_history
from tests.waiting import wait_until

HOOK = hook.__file__


def shop_files(story: Story = Story.CLEAN, seed: int = 1) -> Files:
    """The shop after every pull request of the story."""
    files = initial_files()
    for pull in read_history(story, seed).pulls:
        for change in pull.commit:
            files = apply_change(files, change)
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


def flip_current(folder: Path, slot: str) -> None:
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
        return self.request("GET", path)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body)
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
        finally:
            connection.close()

    def health(self) -> dict[str, object]:
        """The content of /health."""
        health: dict[str, object] = json.loads(self.get("/health")[2])
        return health

    def hook(self, verb: str, build: str = "") -> "subprocess.CompletedProcess[str]":
        """Run one of the agent's hooks."""
        env = {**os.environ, "COCKPIT_FOLDER": str(self.folder), "COCKPIT_URL": self.url, "COCKPIT_BUILD": build}
        command = [sys.executable, "-I", "-S", HOOK, verb]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def reload(self, slot: str, build: str) -> None:
        """Flip `current` to the slot, reload, and wait until its build is served."""
        flip_current(self.folder, slot)
        assert self.hook("reload").returncode == 0
        self.until(lambda: self.health()["build"] == build)

    def until(self, holds: Callable[[], bool]) -> None:
        """Poll until it holds; fails after 8 s."""
        wait_until(holds)


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Run an application server on `folder`."""
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
        flip_current(folder, current)
    return folder
