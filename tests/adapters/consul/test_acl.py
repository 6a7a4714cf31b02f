"""The permissions of each role's token, on a server with ACLs that denies by default."""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.agent.settings import HostSettings
from cockpit.agent.turns import Turns
from cockpit.cli import main
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Delete, Failed, Put
from cockpit.views.consul_policies import watcher
from tests.agent.hosts import target
from tests.consul_server import ROOT_TOKEN, ConsulProcess, consul_server
from tests.scenario import POLICY
from tests.terminals import Terminal

CONFIG = """
app = "shop"
[repository]
url = "."
[store]
kind = "consul"
address = "127.0.0.1:{port}"
token_file = "{token}"
[[tier]]
name = "staging"
serves = "nobody"
hosts = ["s1"]
[[tier]]
name = "canary"
serves = "public"
hosts = ["c1", "c2"]
[[step]]
tier = "staging"
percent = 100
soak = 0
[[step]]
tier = "canary"
percent = 100
soak = 0
"""
ROOT = "cockpit/shop"
ROLES = {
    "commander": ("commander",),
    "engine": ("engine",),
    "agent": ("agent", "--tier", "canary", "--host", "c1"),
    "watcher": ("watcher",),
}
WRITES = {
    store_keys.CURRENT: ("commander",),
    store_keys.event("2026-11-24.1", 1): ("commander", "engine"),
    store_keys.target("canary"): ("commander", "engine"),
    store_keys.JUDGEMENT: ("engine",),
    store_keys.status("canary", "c1"): ("agent",),
    store_keys.status("canary", "c2"): (),
    store_keys.status("staging", "c1"): (),
    store_keys.owner(store_keys.COMMANDER_LOCK): ("commander",),
    store_keys.owner(store_keys.ENGINE_LOCK): ("engine",),
    store_keys.announced("canary"): ("commander", "engine"),
    "announced": (),
    store_keys.PRESENCE: ("commander",),
    store_keys.destination("slack"): ("engine",),
    store_keys.delivery("2026-11-24.1", "slack"): ("engine",),
    store_keys.LOG_HEAD: ("commander", "engine"),
    store_keys.traffic("2026-11-24.1", 0): ("engine",),
    store_keys.turn("canary", "c1"): ("agent",),
    store_keys.turn("canary", "c2"): (),
    store_keys.turn("staging", "c1"): (),
    "permits/canary/00000/owner": (),
    "elsewhere": (),
}


class Guarded:
    """A server with ACLs, and a token for each role with the policy that `cockpit acl` prints."""

    def __init__(self, server: ConsulProcess, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.tokens = {role: self._token(role, argv) for role, argv in ROLES.items()}

    def _token(self, role: str, argv: tuple[str, ...]) -> str:
        command = [sys.executable, "-m", "cockpit", "--config", str(self.config("nobody", "none")), "acl", *argv]
        rules = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        self.server.request("/v1/acl/policy", "PUT", {"Name": role, "Rules": rules}, ROOT_TOKEN)
        made = self.server.request("/v1/acl/token", "PUT", {"Policies": [{"Name": role}]}, ROOT_TOKEN)
        return str(made["SecretID"])

    def config(self, role: str, token: str) -> Path:
        """A config with that token."""
        secret, path = self.folder / f"{role}.token", self.folder / f"{role}.toml"
        secret.write_text(f"{token}\n")
        path.write_text(CONFIG.format(port=self.server.http, token=secret))
        return path

    @asynccontextmanager
    async def store(self, role: str) -> AsyncIterator[tuple[ConsulStore, ConsulLocks]]:
        """The store and the locks, with the token of that role."""
        token = ROOT_TOKEN if role == "root" else self.tokens[role]
        client = ConsulClient(replace(self.server.address, token=token))
        yield ConsulStore(client, ROOT), ConsulLocks(client, ROOT, time)
        await client.close()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with (
        tempfile.TemporaryDirectory(prefix="cockpit-acl-") as made,
        consul_server(Path(made) / "c", acl=True) as server,
    ):
        yield Guarded(server, Path(made))


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_writes_only_its_own_keys(guarded: Guarded, role: str) -> None:
    async with guarded.store(role) as (store, _):
        for key, may in WRITES.items():
            if role in may:
                await store.commit(Put(key, role.encode()))
            else:
                with pytest.raises(Failed, match="ermission denied"):
                    await store.commit(Put(key, role.encode()))


async def test_a_transaction_with_one_forbidden_write_writes_nothing(guarded: Guarded) -> None:
    async with guarded.store("agent") as (store, _), guarded.store("root") as (root, _):
        await root.commit(Put(store_keys.status("canary", "c1"), b"before"))
        with pytest.raises(Failed, match="ermission denied"):
            await store.commit(
                Put(store_keys.status("canary", "c1"), b"after"), Put(store_keys.target("canary"), b"mine")
            )
        entry = await root.get(store_keys.status("canary", "c1"))
        assert entry is not None
        assert entry.value == b"before"


async def test_an_agent_reads_only_the_target_turns_and_statuses_of_its_tier(guarded: Guarded) -> None:
    async with guarded.store("agent") as (store, _), guarded.store("root") as (root, _):
        await root.commit(Put(store_keys.target("canary"), b"go"), Put(store_keys.announced("canary"), b"soon"))
        await root.commit(Put(store_keys.target("canary2"), b"no"), Put(store_keys.announced("canary2"), b"no"))
        own = [store_keys.target("canary"), store_keys.announced("canary")]
        assert [entry.key for entry in await store.list(store_keys.target("canary"))] == own
        first = await anext(store.watch(store_keys.target("canary")))
        assert [entry.value for entry in first] == [b"go", b"soon"]
        for reads in (store.get(store_keys.target("staging")), store.list(store_keys.RELEASES)):
            with pytest.raises(Failed, match="ermission denied"):
                await reads
        await root.commit(Put(store_keys.status("canary", "c2"), b"c2"), Put(store_keys.status("staging", "s1"), b"s1"))
        other = await store.get(store_keys.status("canary", "c2"))
        assert other is not None
        assert other.value == b"c2"
        for key in (store_keys.status("staging", "s1"), store_keys.turn("staging", "s1")):
            with pytest.raises(Failed, match="ermission denied"):
                await store.get(key)
        with pytest.raises(Failed, match="ermission denied"):
            await anext(store.watch(store_keys.STATUSES))


async def test_a_watch_whose_token_loses_its_permission_fails_and_reports_no_deletions(guarded: Guarded) -> None:
    async with guarded.store("root") as (root, _):
        await root.commit(Put(store_keys.JUDGEMENT, b"1"))
        policy = guarded.server.request("/v1/acl/policy", "PUT", {"Name": "short", "Rules": watcher(ROOT)}, ROOT_TOKEN)
        made = guarded.server.request("/v1/acl/token", "PUT", {"Policies": [{"Name": "short"}]}, ROOT_TOKEN)
        client = ConsulClient(replace(guarded.server.address, token=str(made["SecretID"])))
        watch = ConsulStore(client, ROOT).watch(store_keys.JUDGEMENT)
        assert await anext(watch)
        none = {"ID": policy["ID"], "Name": "short", "Rules": ""}
        guarded.server.request(f"/v1/acl/policy/{policy['ID']}", "PUT", none, ROOT_TOKEN)
        await root.commit(Put(store_keys.JUDGEMENT, b"2"))
        with pytest.raises(Failed, match="ermission denied"):
            # the server may report the change before it applies the new policy
            assert [entries async for entries in watch if any(entry.value is None for entry in entries)] == []
        await client.close()


async def test_commander_and_engine_hold_only_their_own_locks(guarded: Guarded) -> None:
    for role, own, others in (
        ("commander", store_keys.COMMANDER_LOCK, store_keys.ENGINE_LOCK),
        ("engine", store_keys.ENGINE_LOCK, store_keys.COMMANDER_LOCK),
    ):
        async with guarded.store(role) as (store, locks):
            for ttl in (1.0, 20.0):
                lease = await locks.acquire(own, role, ttl)
                assert lease is not None
                assert await lease.renew()
                await store.commit(Put(store_keys.event("2026-11-24.2", int(ttl)), role.encode()), lease.guard)
                await lease.release()
            with pytest.raises(Failed):
                await locks.acquire(others, role, 1.0)


async def test_a_host_asks_for_its_turn_with_a_token_that_can_write_no_other_hosts(guarded: Guarded) -> None:
    def host(store: ConsulStore, name: str, tier: str = "canary") -> Turns:
        return Turns(store, HostSettings(name, tier, guarded.folder), time)

    wanted = target("a" * 64, 2, max_unavailable=1)
    async with guarded.store("agent") as (store, _), guarded.store("root") as (root, _):
        await root.commit(*(Delete(entry.key) for entry in await root.list(store_keys.TURNS)))
        first, second = host(store, "c1"), host(root, "c2")
        assert await first.ask(wanted) == ""
        assert "after c1" in await second.ask(wanted)
        first.finish()
        await first.close()
        assert await host(root, "c3").ask(wanted)  # c2 comes before it
        for name, tier in (("c2", "canary"), ("c1", "staging")):
            with pytest.raises(Failed, match="ermission denied"):
                await host(store, name, tier).ask(wanted)


@pytest.mark.parametrize("role", ["watcher", "agent"])
async def test_a_watcher_and_an_agent_acquire_neither_commander_nor_engine_lock(guarded: Guarded, role: str) -> None:
    async with guarded.store(role) as (_, locks):
        for name in (store_keys.COMMANDER_LOCK, store_keys.ENGINE_LOCK):
            with pytest.raises(Failed, match="ermission denied"):
                await locks.acquire(name, role, 1.0)


async def test_without_a_token_reading_fails_with_a_remedy(guarded: Guarded) -> None:
    client = ConsulClient(guarded.server.address)
    with pytest.raises(Failed, match="cockpit acl") as refused:
        await ConsulStore(client, ROOT).list("")
    assert ROOT_TOKEN not in str(refused.value)
    await client.close()


def test_watch_runs_with_a_watchers_token(guarded: Guarded, tmp_path: Path) -> None:
    async def open_release() -> None:
        async with guarded.store("root") as (root, _):
            await root.commit(*(Delete(entry.key) for entry in await root.list("")))
        async with guarded.store("commander") as (store, locks):

            async def fresh(_past: str) -> Snapshot:
                return await take_snapshot(POLICY, Sources(store, locks), time)

            dispatcher = Dispatcher(store, fresh, time, CommanderLease(locks, "ada@box"))
            assert isinstance(
                await dispatcher.dispatch(find_command("install"), CommandRequest("ada@box", "first")), Done
            )

    asyncio.run(open_release())
    config = guarded.config("watcher", guarded.tokens["watcher"])
    terminal = Terminal(tmp_path, "--config", str(config), "watch")
    try:
        terminal.until(lambda shown: "WATCHING" in shown and "requested the first build" in shown)
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()
    assert main(["--config", str(config), "hold"]) == 3  # the server denies the shell's verbs


def test_the_printed_policies_name_every_role_and_tier(guarded: Guarded, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(guarded.config("x", "y")), "acl", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {
        "cockpit-shop-commander",
        "cockpit-shop-engine",
        "cockpit-shop-agent-staging",
        "cockpit-shop-agent-canary",
        "cockpit-shop-watcher",
    }
    assert main(["--config", str(guarded.config("x", "y")), "acl", "agent"]) == 2
    assert "--tier" in capsys.readouterr().err
