"""One cell a host, in the tone of its state; what is not known is never good."""

from dataclasses import replace

import msgspec

from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.tiers import Audience, Tier
from cockpit.views.host_grid import GLYPHS, MEANINGS, Kind, blocks, grid, heading, kinds_of, late, named
from cockpit.views.rows import length, plain
from tests.builders import NEW, NOW, OLD, SCENES, at_production, host_failed, pulling, status, target


def changed(snapshot: Snapshot, host: str, **fields: object) -> Snapshot:
    statuses = dict(snapshot.statuses.value)
    statuses[host] = msgspec.structs.replace(statuses[host], **fields)
    return replace(snapshot, statuses=Seen(statuses, NOW))


def test_every_line_is_as_wide_as_it_may_be_and_every_host_has_a_cell() -> None:
    for scene in SCENES.values():
        for width in (20, 79, 200):
            assert all(length(line) == width for line in grid(scene(), width))
    assert "■" in plain(grid(at_production(), 100))


def kind(snapshot: Snapshot, host: str) -> Kind:
    hosts = snapshot.fleet["production"].hosts
    return Kind(kinds_of(snapshot, "production")[hosts.index(host)])


def test_each_kind_has_a_letter_of_its_own_and_a_meaning() -> None:
    assert len({span.text for span in GLYPHS}) == len(GLYPHS) == len(MEANINGS) == len(Kind)
    assert all(length((span,)) == 1 for span in GLYPHS)


def test_each_state_is_a_kind_of_its_own() -> None:
    scene = at_production()
    kinds = {kind(changed(scene, "web-01", state=state, at=scene.now), "web-01") for state in HostState}
    assert len(kinds) == len(HostState)


def test_new_old_behind_silent_and_unheard_of_differ() -> None:
    scene = at_production(100)
    serving = {"state": HostState.SERVING, "at": scene.now}
    assert kind(changed(scene, "web-01", **serving, build=NEW.id), "web-01") is Kind.NEW
    assert kind(changed(scene, "web-01", **serving, build=OLD.id), "web-01") is Kind.BEHIND
    back = replace(scene, targets=Seen({"production": target("production", OLD)}, NOW))
    assert kind(changed(back, "web-01", **serving, build=OLD.id), "web-01") is Kind.OLD
    assert kind(changed(scene, "web-01", at=scene.now - 3600), "web-01") is Kind.SILENT
    assert kind(changed(scene, "web-01", at=scene.now + 3600), "web-01") is Kind.SILENT
    without = {host: one for host, one in scene.statuses.value.items() if host != "web-01"}
    assert kind(replace(scene, statuses=Seen(without, NOW)), "web-01") is Kind.SILENT


def test_the_worst_stragglers_come_first() -> None:
    kinds = bytes([Kind.NEW, Kind.PULLING, Kind.SILENT, Kind.OLD, Kind.FAILED, Kind.BEHIND])
    assert late(kinds) == [4, 2, 1, 5]


def test_stragglers_are_named_with_state_age_and_output() -> None:
    shown = plain(grid(host_failed(), 160))
    assert "canary-1 failed for" in shown
    waiting = changed(
        at_production(), "web-01", state=HostState.PREPARED, at=NOW, since=NOW - 5, detail="waits for its turn"
    )
    assert "web-01 prepared for 5 s: waits for its turn" in plain(grid(waiting, 160))


def test_a_heading_says_how_far_the_pull_is_else_who_can_go_back() -> None:
    assert "3 of 10 hosts have it, 5 pull, 1 unheard, 30.0 MB of unknown" in plain(
        [heading(pulling(), "production", 160)]
    )
    assert "3/10, 7.5 MB/s, at least 7 s left" in plain([heading(pulling(), "production", 80)])
    assert f"7 of 10 have {OLD.id[:10]} to go back to, 1 unheard" in plain([heading(at_production(), "production", 80)])
    assert "go back" not in plain([heading(at_production(), "staging", 80)])


def test_ten_thousand_hosts_are_a_hundred_lines_and_few_names() -> None:
    scene = at_production()
    hosts = tuple(f"web-{n:05}" for n in range(10_000))
    tiers = (Tier("production", Audience.PUBLIC, hosts),)
    statuses = {host: status(host, "production", NEW if n % 7 else OLD) for n, host in enumerate(hosts)}
    large = replace(scene, policy=msgspec.structs.replace(scene.policy, tiers=tiers), statuses=Seen(statuses, NOW))
    rows = grid(large, 100)
    assert sum(line.count(glyph) for line in plain(rows).splitlines()[:-2] for glyph in "■□!") == 10_000
    assert 100 < len(rows) < 115


def test_of_one_kind_those_come_first_that_have_been_so_for_longest() -> None:
    scene = at_production()
    for host, since in (("web-01", 5), ("web-02", 50), ("web-05", 20)):
        scene = changed(scene, host, state=HostState.WARMING, at=NOW, since=NOW - since)
    block = next(block for block in blocks(scene, 80) if block.tier == "production")
    assert [span.text.split()[0] for span in named(scene, block, 4)[1:4]] == ["web-02", "web-05", "web-01"]


def test_one_that_serves_what_it_should_not_says_so() -> None:
    scene = changed(at_production(100), "web-01", build=OLD.id, state=HostState.SERVING, at=NOW, since=NOW - 5)
    assert f"web-01 serves {OLD.id[:10]} and is asked for another, 5 s" in plain(grid(scene, 120))
