"""A company that was killed is resumed by the next start in its folder."""

from pathlib import Path

from cockpit.demo.layout import Layout, fleet_hosts
from tests.demo.demo_process import PACE, demo, fleet_marks, processes_of, read_lines
from tests.waiting import wait_until

pytestmark = fleet_marks


def test_the_hotfix_story_is_resumed_after_kill_9(folder: Path) -> None:
    options = ("--story", "hotfix", "--keep", str(folder / "company"))
    with demo(folder, *options, *PACE) as running:
        for line in read_lines(running):
            if line.get("event", {}).get("what", {}).get("type") == "RevertAsked":
                running.kill()
                break
    wait_until(lambda: not processes_of(folder))
    with demo(folder, *options) as again:
        *_, last = read_lines(again)
    summary = last["summary"]
    assert again.returncode == 0, summary
    assert summary["failed_by_bad_pr"] > 0
    assert summary["failed_otherwise"] == 0
    layout = Layout(folder / "company")
    assert all((layout.host(host) / "current" / "version.json").exists() for host, _ in fleet_hosts())
