"""Faults of Consul during a release: the release succeeds and no host serves a build that it was not told to run."""

import signal
from pathlib import Path
from time import sleep

import pytest

from tests.consul_server import consul_cluster, consul_server, leader_of
from tests.process_company import ProcessCompany, ServingWatcher, play_hotfix
from tests.terminals import Terminal

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("fleet")]

QUORUM_LOST = 7.0
"""Seconds for which two of three servers are down: longer than the engine's lease and than hosts may be silent."""
SETTLED = 5.0
"""Seconds in which agents would follow an empty store: several heartbeats and reads."""


def store(http: int) -> str:
    return f'[store]\nkind = "consul"\naddress = "127.0.0.1:{http}"'


def test_the_server_is_killed_and_restarted_in_the_middle_of_a_step(tmp_path: Path) -> None:
    with consul_server(tmp_path / "consul") as server:
        company = ProcessCompany(tmp_path, store(server.http))

        def fault() -> None:
            server.kill()
            server.start()  # it replays its log: first 404, then every old value in order
            server.wait_for_leader()

        with company.agents(), company.process("engine"), ServingWatcher(company) as watcher:
            play_hotfix(company, fault)
        assert watcher.never_went_back(), watcher.served


def test_the_leader_of_three_is_killed_in_the_middle_of_a_step(tmp_path: Path) -> None:
    with consul_cluster(tmp_path / "consul") as (client, servers):
        company = ProcessCompany(tmp_path, store(client.http))
        with company.agents(), company.process("engine"), ServingWatcher(company) as watcher:
            play_hotfix(company, lambda: leader_of(servers).kill())
        assert watcher.never_went_back(), watcher.served


def test_the_quorum_is_lost_for_a_while(tmp_path: Path) -> None:
    with consul_cluster(tmp_path / "consul") as (client, servers):
        company = ProcessCompany(tmp_path, store(client.http))
        results: list[tuple[int, str]] = []

        def fault() -> None:
            for server in servers[1:]:
                server.kill()
            sleep(QUORUM_LOST)  # the outage itself
            results.append(company.run("rollback"))
            for server in servers[1:]:
                server.start(*servers)
            client.wait_for_leader()

        with company.agents(), company.process("engine"), ServingWatcher(company) as watcher:
            play_hotfix(company, fault)
        ((code, stderr),) = results
        assert code == 3, "a command in the outage is not reported as executed"
        assert "leader" in stderr
        assert watcher.never_went_back(), watcher.served


def test_a_wiped_store_changes_no_host_and_is_reported(tmp_path: Path) -> None:
    with consul_server(tmp_path / "consul") as server:
        company = ProcessCompany(tmp_path, store(server.http))
        with company.agents(), company.process("engine"), ServingWatcher(company) as watcher:
            first = company.retry("install")["release"]
            company.until(first, "Finished")
            company.wait(lambda: company.served_by_all() == {"first"}, "every host serves")
            server.kill()
            server.wipe()
            server.start()
            server.wait_for_leader()
            sleep(SETTLED)
            company.wait(lambda: any("lost" in error for error in company.json("status")["errors"]), "an error")
            assert company.served_by_all() == {"first"}
            assert "restore its backup" in company.json("install")["refused"]
            company.origin.squash_pr(7, "Good", {"good.txt": "good\n"})
            again = company.retry("install", "--override", "--why", "there is no backup")["release"]
            company.until(again, "Finished")
            company.wait(lambda: company.served_by_all() == {"good"}, "every host serves the new build")
        assert watcher.never_went_back(), watcher.served


def test_an_engine_that_was_stopped_past_its_lease_writes_nothing_when_it_continues(tmp_path: Path) -> None:
    with consul_server(tmp_path / "consul") as server:
        build = f"until [ -e {tmp_path}/go ]; do sleep 0.05; done"
        company = ProcessCompany(tmp_path, store(server.http), build=build)
        (tmp_path / "go").touch()
        with company.agents(), company.short_lease_engine(log="stopped") as stopped:
            first = company.retry("install")["release"]
            company.until(first, "Finished")
            company.origin.squash_pr(7, "Good", {"good.txt": "good\n"})
            (tmp_path / "go").unlink()
            release = company.retry("start")["release"]
            company.until(release, "Cut")
            stopped.send_signal(signal.SIGSTOP)  # it holds the lock, and its build continues
            (tmp_path / "go").touch()
            with company.short_lease_engine():
                company.until(release, "SmokePassed")
                stopped.send_signal(signal.SIGCONT)
                company.wait(
                    lambda: "another engine has taken over" in (tmp_path / "stopped").read_text(), "the old engine ends"
                )
                for verb in ("advance", "advance", "finish"):
                    company.retry(verb)
                events = company.events(release)
        assert [kind for kind in ("Cut", "BuildReady", "SmokePassed", "Finished") if events.count(kind) != 1] == []
        assert company.json("history", "--verify")["broken"] == []


def test_a_screen_quits_at_once_although_the_store_does_not_answer(tmp_path: Path) -> None:
    with consul_server(tmp_path / "consul") as server:
        company = ProcessCompany(tmp_path, store(server.http))
        terminal = Terminal(tmp_path, "--config", str(company.folder / "config.toml"))
        try:
            terminal.until(lambda shown: "commander you" in shown and "engine " in shown)
            server.signal(signal.SIGSTOP)
            terminal.press("q")
            assert terminal.ended(30) == 0
        finally:
            server.signal(signal.SIGCONT)
            terminal.close()


def test_an_engine_ends_on_sigterm_although_the_store_does_not_answer(tmp_path: Path) -> None:
    with consul_server(tmp_path / "consul") as server:
        company = ProcessCompany(tmp_path, store(server.http))
        with company.process("engine") as engine:
            company.wait(lambda: bool(company.json("status").get("engine")), "it holds the lock")
            server.signal(signal.SIGSTOP)
            engine.send_signal(signal.SIGTERM)
            assert engine.wait(30) == 0
            server.signal(signal.SIGCONT)
