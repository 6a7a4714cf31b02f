"""Traffic: shared out by tier, every failure counted once and blamed on who caused it."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from cockpit.demo.processes.ports import free_ports
from cockpit.demo.shop_history import Story
from cockpit.demo.traffic.balancer import Balancer, Member, MemberState
from cockpit.demo.traffic.client import ConnectionLost, Host
from cockpit.demo.traffic.load import SHARES, Load, LoadPlan
from cockpit.demo.traffic.tally import MIXED, RequestCount, Tally, read_tally, write_tally
from tests.demo.shops import build_slot, host_folder, point, server, shop_files

MEMBERS = (
    Member("dogfood-1", "dogfood", "http://127.0.0.1:1"),
    Member("dogfood-2", "dogfood", "http://127.0.0.1:2"),
    Member("canary-1", "canary", "http://127.0.0.1:3"),
    Member("production-01", "production", "http://127.0.0.1:4"),
    Member("production-02", "production", "http://127.0.0.1:5"),
    Member("staging-1", "staging", "http://127.0.0.1:6"),
)


def balancer(state: MemberState = MemberState.UP) -> Balancer:
    made = Balancer(MEMBERS, SHARES)
    for member in MEMBERS:
        made.heard(member.host, state)
    return made


def chosen(made: Balancer, count: int) -> list[str]:
    return [member.host if member else "" for member in (made.next() for _ in range(count))]


def test_tiers_get_their_share_evenly_spaced_and_staging_none() -> None:
    hosts = chosen(balancer(), 1000)
    assert hosts.count("canary-1") == 20
    assert hosts.count("dogfood-1") == hosts.count("dogfood-2") == 15
    assert hosts.count("production-01") == hosts.count("production-02") == 475
    assert "staging-1" not in hosts
    turns = [turn for turn, host in enumerate(hosts) if host == "canary-1"]
    assert min(b - a for a, b in pairwise(turns)) > 40


def test_a_draining_host_gets_nothing_while_another_is_up_and_all_when_none_is() -> None:
    made = balancer()
    made.heard("production-01", MemberState.DRAINING)
    made.heard("canary-1", MemberState.DRAINING)
    hosts = chosen(made, 100)
    assert "production-01" not in hosts
    assert hosts.count("canary-1") == 2


def test_a_tier_without_a_host_loses_its_turn_and_floods_nobody_else() -> None:
    made = balancer()
    for host in ("production-01", "production-02"):
        made.heard(host, MemberState.OUT)
    assert chosen(made, 100).count("") == 95


def test_failures_are_blamed_on_the_bad_pr_by_build_and_route_alone() -> None:
    tally = Tally(
        (
            RequestCount("canary", "bad", "/checkout", "500 KeyError", 7),
            RequestCount("canary", "bad", "/checkout", "reset: closed", 1),
            RequestCount("canary", "bad", "/cart", "500 KeyError", 2),
            RequestCount("canary", "good", "/checkout", "500 KeyError", 4),
            RequestCount("canary", "bad", "/", "", 90),
        )
    )
    assert tally.sent == 104
    assert tally.blamed({"bad"}, "/checkout") == 7
    assert tally.blamed({"bad"}, "") == 9
    assert [row.count for row in tally.others({"bad"}, "/checkout")] == [1, 2, 4]


def test_a_tally_survives_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "tally.json"
    assert read_tally(path) == Tally()
    write_tally(path, Tally((RequestCount("canary", "b", "/", "", 3),), 1, 2.5))
    assert read_tally(path).sent == 3


async def play(plan: LoadPlan, seconds: float) -> Tally:
    task = asyncio.ensure_future(Load(plan).run())
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled(), task.exception()
    return read_tally(Path(plan.tally))


async def test_reloads_under_traffic_fail_no_request(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"), rate=150)
        task = asyncio.ensure_future(play(plan, 2.5))
        for slot in ("b", "a", "b"):
            await asyncio.sleep(0.6)
            point(running.folder, slot)
            await asyncio.to_thread(running.hook, "reload")
        tally = await task
    assert {row.kind for row in tally.rows} == {""}
    assert {row.build for row in tally.rows} == {"aaaa", "bbbb"}
    assert tally.sent > 150
    again = Load(plan).tally
    assert again.sent == tally.sent, "counting goes on where it stopped"


async def test_the_bad_pr_fails_part_of_all_requests_and_nothing_else_fails(tmp_path: Path) -> None:
    folder = host_folder(tmp_path, current="")
    build_slot(shop_files(Story.HOTFIX), folder / "slots" / "c", "c3", "cccc")
    point(folder, "c")
    with server(folder) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"), rate=300)
        tally = await play(plan, 1.5)
    blamed = tally.blamed({"cccc"}, "/checkout")
    assert 0.1 < blamed / tally.sent < 0.4
    assert tally.others({"cccc"}, "/checkout") == ()


@pytest.mark.parametrize(("rate", "fails"), [(2.5, False), (12.0, True)])
async def test_the_pr_of_the_rollback_story_fails_under_production_load_alone(
    tmp_path: Path, rate: float, fails: bool
) -> None:
    folder = host_folder(tmp_path, current="")
    build_slot(shop_files(Story.ROLLBACK), folder / "slots" / "c", "c3", "cccc")
    point(folder, "c")
    with server(folder) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"), rate=rate / 0.95)
        tally = await play(plan, 3.0)
    assert tally.others({"cccc"}, "") == ()
    assert (tally.blamed({"cccc"}, "") > 5) == fails
    assert tally.sent > 5


async def test_a_host_that_is_gone_is_left_out(tmp_path: Path) -> None:
    plan = LoadPlan((Member("p", "production", f"http://127.0.0.1:{free_ports(1)[0]}"),), str(tmp_path / "tally.json"))
    assert (await play(plan, 0.4)).sent == 0


async def test_an_answer_that_mixes_builds_is_told(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    (folder / "slots" / "a" / "pages" / "front.html").write_text("shop at c2</footer>", encoding="utf-8")
    with server(folder) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"))
        tally = await play(plan, 0.7)
    assert {row.kind for row in tally.rows if row.route == "/"} == {MIXED}
    assert {row.kind for row in tally.rows if row.route != "/"} == {""}


async def talk(*answers: bytes | None) -> tuple[asyncio.Server, Host, list[int]]:
    """A server that gives one of `answers` to each request, None hanging up instead; the count of its connections."""
    left, connections = list(answers), [0]

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[0] += 1
        while left and await reader.readuntil(b"\r\n\r\n"):
            answer = left.pop(0)
            if answer is None:
                break
            writer.write(answer)
            if len(answer) < 20:
                break
        writer.close()

    listening = await asyncio.start_server(converse, "127.0.0.1", 0)
    return listening, Host("127.0.0.1", listening.sockets[0].getsockname()[1]), connections


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ASK = b"GET / HTTP/1.1\r\n\r\n"


async def test_a_kept_connection_that_was_closed_is_opened_again_and_asked_once_more() -> None:
    listening, host, connections = await talk(OK, None, OK)
    assert (await host.ask(ASK)).body == b"ok"
    assert (await host.ask(ASK)).body == b"ok"
    assert (connections, host.resent) == ([2], 1)
    host.close()
    listening.close()


async def test_a_new_connection_that_is_closed_is_a_failure() -> None:
    listening, host, _ = await talk(None)
    with pytest.raises(ConnectionLost, match="closed"):
        await host.ask(ASK)
    listening.close()


async def test_an_answer_that_breaks_off_is_a_failure_also_on_a_kept_connection() -> None:
    listening, host, _ = await talk(OK, b"HTTP/1.1 200 OK")
    await host.ask(ASK)
    with pytest.raises(ConnectionLost, match="reset"):
        await host.ask(ASK)
    listening.close()
