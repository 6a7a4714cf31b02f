"""One cell for each host in the tone of its state; unknown is never good."""

from dataclasses import replace

import msgspec

from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.tiers import Audience, Tier
from cockpit.views.host_grid import (
    GLYPHS,
    MEANINGS,
    HostKind,
    blocks,
    grid,
    heading,
    kinds_of,
    straggler_spans,
    stragglers_first,
)
from cockpit.views.rows import length, plain
from tests.builders import NEW, NOW, OLD, SCENES, at_production, host_failed, pulling, status, target


def changed(snapshot: Snapshot, host: str, **fields: object) -> Snapshot:
    statuses = dict(snapshot.statuses.value)
    statuses[host] = msgspec.structs.replace(statuses[host], **fields)
    return replace(snapshot, statuses=Seen(statuses, NOW))


def test_every_line_has_the_given_width() -> None:
    for scene in SCENES.values():
        for width in (20, 79, 200):
            assert all(length(line) == width for line in grid(scene(), width))
    assert "■" in plain(grid(at_production(), 100))


def kind(snapshot: Snapshot, host: str) -> HostKind:
    hosts = snapshot.fleet["production"].hosts
    return HostKind(kinds_of(snapshot, "production")[hosts.index(host)])


def test_each_kind_has_a_glyph_of_its_own_and_a_meaning() -> None:
    assert len({span.text for span in GLYPHS}) == len(GLYPHS) == len(MEANINGS) == len(HostKind)
    assert all(length((span,)) == 1 for span in GLYPHS)


def test_each_state_has_a_kind_of_its_own() -> None:
    scene = at_production()
    kinds = {kind(changed(scene, "web-01", state=state, at=scene.now), "web-01") for state in HostState}
    assert len(kinds) == len(HostState)


def test_new_old_behind_and_silent_hosts_differ() -> None:
    scene = at_production(100)
    serving = {"state": HostState.SERVING, "at": scene.now}
    assert kind(changed(scene, "web-01", **serving, build=NEW.id), "web-01") is HostKind.NEW
    assert kind(changed(scene, "web-01", **serving, build=OLD.id), "web-01") is HostKind.BEHIND
    back = replace(scene, targets=Seen({"production": target("production", OLD)}, NOW))
    assert kind(changed(back, "web-01", **serving, build=OLD.id), "web-01") is HostKind.OLD
    assert kind(changed(scene, "web-01", at=scene.now - 3600), "web-01") is HostKind.SILENT
    assert kind(changed(scene, "web-01", at=scene.now + 3600), "web-01") is HostKind.SILENT
    without = {host: status for host, status in scene.statuses.value.items() if host != "web-01"}
    assert kind(replace(scene, statuses=Seen(without, NOW)), "web-01") is HostKind.SILENT


def test_the_worst_stragglers_come_first() -> None:
    kinds = bytes([HostKind.NEW, HostKind.PULLING, HostKind.SILENT, HostKind.OLD, HostKind.FAILED, HostKind.BEHIND])
    assert stragglers_first(kinds) == [4, 2, 1, 5]


def test_stragglers_are_named_with_state_age_and_output() -> None:
    shown = plain(grid(host_failed(), 160))
    assert "canary-1 failed for" in shown
    waiting = changed(
        at_production(), "web-01", state=HostState.PREPARED, at=NOW, since=NOW - 5, detail="waits for its turn"
    )
    assert "web-01 prepared for 5 s: waits for its turn" in plain(grid(waiting, 160))


def test_a_heading_has_the_transfer_else_the_rollback_readiness() -> None:
    assert "3 of 10 hosts have it, 5 pull, 1 silent, 30.0 MB of unknown" in plain(
        [heading(pulling(), "production", 160)]
    )
    assert "3/10, 7.5 MB/s, at least 7 s left" in plain([heading(pulling(), "production", 80)])
    assert f"rollback ready 7/10, 1 silent ({OLD.id[:10]})" in plain([heading(at_production(), "production", 80)])
    assert "rollback" not in plain([heading(at_production(), "staging", 80)])


def test_ten_thousand_hosts_are_a_hundred_lines_and_few_names() -> None:
    scene = at_production()
    hosts = tuple(f"web-{n:05}" for n in range(10_000))
    tiers = (Tier("production", Audience.PUBLIC, hosts),)
    statuses = {host: status(host, "production", NEW if n % 7 else OLD) for n, host in enumerate(hosts)}
    large = replace(scene, policy=msgspec.structs.replace(scene.policy, tiers=tiers), statuses=Seen(statuses, NOW))
    rows = grid(large, 100)
    assert sum(line.count(glyph) for line in plain(rows).splitlines()[:-2] for glyph in "■□!") == 10_000
    assert 100 < len(rows) < 115


def test_stragglers_of_one_kind_are_listed_oldest_first() -> None:
    scene = at_production()
    for host, since in (("web-01", 5), ("web-02", 50), ("web-05", 20)):
        scene = changed(scene, host, state=HostState.WARMING, at=NOW, since=NOW - since)
    block = next(block for block in blocks(scene, 80) if block.tier == "production")
    assert [span.text.split()[0] for span in straggler_spans(scene, block, 4)[1:4]] == ["web-02", "web-05", "web-01"]


def test_a_host_on_the_wrong_build_is_a_straggler() -> None:
    scene = changed(at_production(100), "web-01", build=OLD.id, state=HostState.SERVING, at=NOW, since=NOW - 5)
    assert f"web-01 still serves {OLD.id[:10]}, 5 s" in plain(grid(scene, 120))
