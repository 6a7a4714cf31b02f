"""Traffic to real application servers."""

import asyncio
from pathlib import Path

import pytest

from cockpit.demo.processes.ports import free_ports
from cockpit.demo.shop_history import Story
from cockpit.demo.traffic.balancer import Member
from cockpit.demo.traffic.load import Load, LoadPlan
from cockpit.demo.traffic.tally import MIXED, Tally, read_tally
from tests.demo.shop_server import build_slot, flip_current, host_folder, server, shop_files


async def run_load(plan: LoadPlan, seconds: float) -> Tally:
    """The tally of so many seconds of traffic."""
    task = asyncio.ensure_future(Load(plan).run())
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled(), task.exception()
    return read_tally(Path(plan.tally))


async def test_reloads_under_traffic_fail_no_request(tmp_path: Path) -> None:
    with server(host_folder(tmp_path)) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"), rate=150)
        task = asyncio.ensure_future(run_load(plan, 2.5))
        for slot in ("b", "a", "b"):
            await asyncio.sleep(0.6)
            flip_current(running.folder, slot)
            await asyncio.to_thread(running.hook, "reload")
        tally = await task
    assert {row.kind for row in tally.rows} == {""}
    assert {row.build for row in tally.rows} == {"aaaa", "bbbb"}
    assert tally.sent > 150
    again = Load(plan).tally
    assert again.sent == tally.sent, "a new process continues the counts"


async def test_the_bad_pr_of_the_hotfix_story_fails_a_part_of_the_requests(tmp_path: Path) -> None:
    folder = host_folder(tmp_path, current="")
    build_slot(shop_files(Story.HOTFIX), folder / "slots" / "c", "c3", "cccc")
    flip_current(folder, "c")
    with server(folder) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"), rate=300)
        tally = await run_load(plan, 1.5)
    failed = tally.failed_by_bad_pr({"cccc"}, "/checkout")
    assert 0.1 < failed / tally.sent < 0.4
    assert tally.other_failures({"cccc"}, "/checkout") == ()


@pytest.mark.parametrize(("rate", "fails"), [(2.5, False), (12.0, True)])
async def test_the_bad_pr_of_the_rollback_story_fails_only_under_production_load(
    tmp_path: Path, rate: float, fails: bool
) -> None:
    folder = host_folder(tmp_path, current="")
    build_slot(shop_files(Story.ROLLBACK), folder / "slots" / "c", "c3", "cccc")
    flip_current(folder, "c")
    with server(folder) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"), rate=rate / 0.95)
        tally = await run_load(plan, 3.0)
    assert tally.other_failures({"cccc"}, "") == ()
    assert (tally.failed_by_bad_pr({"cccc"}, "") > 5) == fails
    assert tally.sent > 5


async def test_a_host_that_does_not_answer_gets_no_request(tmp_path: Path) -> None:
    plan = LoadPlan((Member("p", "production", f"http://127.0.0.1:{free_ports(1)[0]}"),), str(tmp_path / "tally.json"))
    assert (await run_load(plan, 0.4)).sent == 0


async def test_a_reply_that_mixes_builds_is_a_failure(tmp_path: Path) -> None:
    folder = host_folder(tmp_path)
    (folder / "slots" / "a" / "pages" / "front.html").write_text("shop at c2</footer>", encoding="utf-8")
    with server(folder) as running:
        plan = LoadPlan((Member("p", "production", running.url),), str(tmp_path / "tally.json"))
        tally = await run_load(plan, 0.7)
    assert {row.kind for row in tally.rows if row.route == "/"} == {MIXED}
    assert {row.kind for row in tally.rows if row.route != "/"} == {""}
