"""Fixtures of the command line: a configured folder with a repository, on either store."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from cockpit import wiring
from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.deploy.events import digest, encode
from cockpit.deploy.record.log_head import LogHead
from cockpit.deploy.record.log_head import encode as encode_head
from cockpit.ports import Put
from tests.cli.shell import CONFIG
from tests.consul_server import ConsulProcess
from tests.git_origin import GitOrigin
from tests.recorded_releases import pages, rolled_back

RECORDED_CONFIG = """
app = "shop"
[repository]
url = "origin.git"
[[tier]]
name = "dogfood"
serves = "company"
[[tier]]
name = "canary"
serves = "public"
hosts = ["canary-1"]
[[tier]]
name = "production"
serves = "public"
hosts = ["web-01", "web-02"]
""" + "".join(f'[[step]]\ntier = "{tier}"\npercent = 100\nsoak = 0\n' for tier in ("dogfood", "canary", "production"))


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitOrigin:
    """The working directory of the test: an origin with two PRs, a config and no engine."""
    created = GitOrigin(tmp_path)
    created.merge_pr(11, "Add a poem", {"poem2.txt": "roses\n"})
    created.squash_pr(12, "Fix [b]the[/b] \x1b[31mpoem", {"poem2.txt": "violets\n"})
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return created


@pytest.fixture
def ada(company: GitOrigin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Commands are given by ada@box; setting LOGNAME changes the user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-home"))
    monkeypatch.setattr("socket.gethostname", lambda: "box")
    monkeypatch.setenv("LOGNAME", "ada")
    return monkeypatch


def store_section(kind: str, request: pytest.FixtureRequest) -> str:
    """The section of the config for that kind of store."""
    if kind == "sqlite":
        return ""
    server: ConsulProcess = request.getfixturevalue("consul")
    return f'[store]\nkind = "consul"\naddress = "127.0.0.1:{server.http}"\nroot = "tests/{uuid4()}"\n'


@pytest.fixture(params=["sqlite", "consul"])
def configure(request: pytest.FixtureRequest, company: GitOrigin) -> Callable[[str], None]:
    """Rewrites the config with further sections."""
    store = store_section(request.param, request)

    def write(sections: str) -> None:
        Path("config.toml").write_text(f"{CONFIG}{store}{sections}")

    write("")
    return write


@pytest.fixture(params=["sqlite", "consul"])
def recorded_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store that holds the release of `tests.recorded_releases.rolled_back` and its traffic; the kind of store."""
    kind = str(request.param)
    (tmp_path / "config.toml").write_text(RECORDED_CONFIG + store_section(kind, request))
    monkeypatch.chdir(tmp_path)
    asyncio.run(_write_recorded_release())
    return kind


async def _write_recorded_release() -> None:
    release = rolled_back()
    async with wiring.open_context(load(Path("config.toml"))) as context:
        events = [Put(store_keys.event(release.id, event.number), encode(event), 0) for event in release.events]
        head = LogHead(digest(events[-1].value), len(events))
        await context.store.commit(
            *events, Put(store_keys.CURRENT, release.id.encode()), Put(store_keys.LOG_HEAD, encode_head(head))
        )
        for number, page in enumerate(pages()):
            await context.store.commit(Put(store_keys.traffic(release.id, number), msgspec.json.encode(page)))
