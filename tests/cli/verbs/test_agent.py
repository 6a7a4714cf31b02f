"""An agent from a shell: once, on a new host, and what it left on the disk."""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import manifest_name
from cockpit.ports import Put
from tests.agent.world import Depot, application, target
from tests.cli.test_verbs import run, town
from tests.repositories import Town

__all__ = ["town"]
AGENT = ("agent", "--host", "s1", "--tier", "staging", "--folder", "host")


def published(says: str, *bases: str) -> str:
    Path("state").mkdir(exist_ok=True)
    return Depot(Path("state/builds")).add(application(says), *bases)


def pointed(build: str, serial: int, base: str = "") -> None:
    async def write() -> None:
        store = SqliteStore(Path("state/store.db"))
        wish = target(build, serial, base=base, tier="staging")
        await store.commit(Put(store_keys.target("staging"), msgspec.json.encode(wish)))
        await store.close()

    asyncio.run(write())


def test_a_host_and_a_known_tier_have_to_be_named(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "agent", "--folder", "host")[0] == 2
    code, _, err = run(capsys, "agent", "--folder", "host", "--host", "s1", "--tier", "moon")
    assert (code, "moon is no tier" in err) == (2, True)


def test_once_brings_a_host_to_its_target_and_ends(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    build = published("first")
    pointed(build, 1)
    code, out, err = run(capsys, *AGENT, "--once", "--log", "json")
    assert (code, out) == (0, f"s1 serving {build[:10]}\n")
    states = [json.loads(line)["state"] for line in err.splitlines()]
    assert [state for n, state in enumerate(states) if state not in states[:n]] == [
        "pulling", "prepared", "switching", "warming", "serving",
    ]  # fmt: skip
    assert (Path("host/current/page")).read_text() == "first"
    pointed("e" * 64, 2)
    code, out, err = run(capsys, *AGENT, "--once")
    assert code == 1
    assert "failed" in out
    assert "is not in" in err


def test_status_says_what_is_on_the_disk(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "agent", "status", "--folder", "host")
    assert code == 0
    assert "no agent has run here" in out
    first, second = published("first"), published("second")
    for serial, build in enumerate((first, second), 1):
        pointed(build, serial)
        run(capsys, *AGENT, "--once")
    _, out, _ = run(capsys, "agent", "status", "--folder", "host")
    assert f"hot       {second}" in out
    assert f"cold      {first}, kept for a rollback" in out
    told = json.loads(run(capsys, "agent", "status", "--folder", "host", "--json")[1])
    assert (told["hot"], told["cold"], told["serial"]) == (second, [first], 2)


def test_bootstrap_makes_the_folder_says_what_is_missing_and_waits_for_no_target(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *AGENT[:1], "bootstrap", *AGENT[1:])
    assert (code, out) == (0, "s1 empty no build\n")
    assert "GB free" in err
    assert "hook drain: none" in err
    assert Path("host").is_dir()


def test_unit_prints_a_unit_that_systemd_takes(town: Town, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, *AGENT[:1], "unit", *AGENT[1:], "--url", "http://127.0.0.1:80/%20")
    assert code == 0
    assert f"ReadWritePaths={tmp_path}/host" in out
    assert "--url http://127.0.0.1:80/%%20" in out
    assert not Path("host").exists()
    if shutil.which("systemd-analyze"):
        Path("cockpit-agent.service").write_text(out.replace("User=cockpit", "User=root"))
        done = subprocess.run(
            ["systemd-analyze", "verify", "./cockpit-agent.service"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_builds_are_listed_with_what_they_are_kept_for_and_the_others_can_go(
    town: Town, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(config.read_text() + "[artifacts]\nkeep = 1\n")
    old, base, wanted, newest = (published(says) for says in ("old", "base", "wanted", "newest"))
    for number, build in enumerate((old, base, wanted, newest)):
        for part in Path("state/builds", build).iterdir():
            os.utime(part, (number, number))
    pointed(wanted, 1, base)
    out = run(capsys, "builds")[1]
    assert [line.split("bytes")[-1].strip() for line in out.splitlines()[:-1]] == [
        "it is new", "staging runs it", "staging runs it", "nothing needs it",
    ]  # fmt: skip
    assert run(capsys, "builds", "prune", "--dry-run")[1].startswith(f"would remove {old[:10]}")
    assert Path("state/builds", manifest_name(old)).exists()
    assert [row["build"] for row in json.loads(run(capsys, "builds", "prune", "--json")[1])] == [old]
    assert {path.name for path in Path("state/builds").iterdir()} == {base, wanted, newest}
    assert run(capsys, "builds", "prune")[1] == "every build is needed\n"
