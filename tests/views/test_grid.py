"""One cell a host, in the tone of its state; what is not known is never good."""

from dataclasses import replace

import msgspec

from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.tiers import Audience, Tier
from cockpit.views.grid import MOVING, cell, grid, ready
from cockpit.views.rows import Tone, length, plain
from tests.builders import NEW, NOW, OLD, SCENES, at_production, host_failed, status


def changed(snapshot: Snapshot, host: str, **fields: object) -> Snapshot:
    statuses = dict(snapshot.statuses.value)
    statuses[host] = msgspec.structs.replace(statuses[host], **fields)
    return replace(snapshot, statuses=Seen(statuses, NOW))


def test_every_line_is_as_wide_as_it_may_be_and_every_host_has_a_cell() -> None:
    for scene in SCENES.values():
        for width in (20, 79, 200):
            assert all(length(line) == width for line in grid(scene(), width))
    assert "■" in plain(grid(at_production(), 100))


def test_each_state_has_a_cell_of_its_own() -> None:
    scene = at_production()
    cells = {state: cell(changed(scene, "web-01", state=state, at=scene.now), "web-01").text for state in HostState}
    assert len(set(cells.values())) == len(HostState)
    assert set(MOVING) == {state for state in HostState if cells[state].isalpha()}


def test_the_new_build_the_old_one_silence_and_failure_differ_in_tone() -> None:
    scene = at_production()
    tones = [
        cell(changed(scene, "web-01", at=scene.now, build=NEW.id, state=HostState.SERVING), "web-01").tone,
        cell(changed(scene, "web-01", at=scene.now, build=OLD.id, state=HostState.SERVING), "web-01").tone,
        cell(changed(scene, "web-01", at=scene.now - 3600), "web-01").tone,
        cell(changed(scene, "web-01", at=scene.now, state=HostState.FAILED), "web-01").tone,
        cell(scene, "never heard of").tone,
    ]
    assert tones == [Tone.NEW, Tone.OLD, Tone.UNKNOWN, Tone.BAD, Tone.UNKNOWN]


def test_stragglers_are_named_with_state_age_and_output() -> None:
    shown = plain(grid(host_failed(), 160))
    assert "canary-1 failed for" in shown
    waiting = changed(
        at_production(), "web-01", state=HostState.PREPARED, at=NOW, since=NOW - 5, detail="waits for its turn"
    )
    assert "web-01 prepared for 5 s: waits for its turn" in plain(grid(waiting, 160))


def test_readiness_counts_hosts_that_have_the_last_good_build_on_disk() -> None:
    scene = at_production()
    hosts = ("web-01", "web-02")
    for host, cold in (("web-01", (OLD.id,)), ("web-02", ())):
        scene = changed(scene, host, build=NEW.id, cold=cold)
    assert ready(scene, hosts)[0].text == f"1 of 2 have {OLD.id[:10]} to go back to"
    assert ready(changed(scene, "web-02", cold=(OLD.id,)), hosts)[0].tone is Tone.GOOD
    assert ready(SCENES["empty"](), ()) == ()


def test_ten_thousand_hosts_are_a_hundred_lines_and_few_names() -> None:
    scene = at_production()
    hosts = tuple(f"web-{n:05}" for n in range(10_000))
    tiers = (Tier("production", Audience.PUBLIC, hosts),)
    statuses = {host: status(host, "production", NEW if n % 7 else OLD) for n, host in enumerate(hosts)}
    large = replace(scene, policy=msgspec.structs.replace(scene.policy, tiers=tiers), statuses=Seen(statuses, NOW))
    rows = grid(large, 100)
    assert sum(line.count("■") for line in plain(rows).splitlines()[:-1]) == 10_000
    assert 100 < len(rows) < 115
