"""Data that version 0.1 stored is read by this one, and written back under the names that it has there.

`fixtures/version_0_1` was recorded by that version: the store after the demo's hotfix story (with a takeover, a
handover, a freeze and a late rollback from the shell), the files of one of its agents, and one record of every kind
with every field set.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cockpit.adapters.leases import LeaseExpiry, Owner
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.agent import journal
from cockpit.agent.intent import Intent
from cockpit.agent.slot_metadata import SlotContent
from cockpit.control.log_reader import LogReader
from cockpit.control.log_verification import verify
from cockpit.control.record_reader import read_statuses, read_targets
from cockpit.deploy import events, facts, store_keys
from cockpit.deploy.builds import manifest
from cockpit.deploy.hosts.status import Announced, HostState, Status, Target
from cockpit.deploy.outbox import Delivery, Destination
from cockpit.deploy.record.log_head import LogHead
from cockpit.deploy.record.traffic_pages import TrafficPage
from cockpit.deploy.schedule.presence import LastVisit, Presence
from cockpit.deploy.snapshot import Judgement

FOLDER = Path(__file__).parent / "fixtures" / "version_0_1"
RECORDS = [json.loads(line) for line in (FOLDER / "records.jsonl").read_text("utf-8").splitlines()]
HEAD = "44f8c8eb3baf7e8a39bd1e52ada06ce77a6f79fa4e2bbd152916049fbec7fa49"
"""Digest of the recorded log's last event, as `history --verify` printed it then."""
KINDS: dict[str, type[msgspec.Struct]] = {
    "target": Target,
    "status": Status,
    "announced": Announced,
    "judgement": Judgement,
    "presence": Presence,
    "looked": LastVisit,
    "destination": Destination,
    "delivery": Delivery,
    "log_head": LogHead,
    "traffic_page": TrafficPage,
    "intent": Intent,
    "lock_owner": Owner,
    "lease_expiry": LeaseExpiry,
    "slot_content": SlotContent,
}


def name_of(line: dict[str, str]) -> str:
    """The kind of record, and of an event the stored tag of its fact."""
    return str(json.loads(line["stored"])["what"]["type"] if line["record"] == "event" else line["record"])


def rewritten_event(stored: bytes) -> bytes:
    return events.encode(events.decode("event", json.loads(stored)["number"], stored))


def rewriter(record: str) -> Callable[[bytes], bytes]:
    """A function that decodes and encodes a record of that kind."""
    if record == "event":
        return rewritten_event
    return lambda stored: msgspec.json.encode(msgspec.json.decode(stored, type=KINDS[record], strict=True))


def kept(before: object, after: object) -> object:
    """`after` without the fields that were added since: a newer version may add some and lose none."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {name: kept(before[name], after[name]) for name in before if name in after}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [kept(old, new) for old, new in zip(before, after, strict=True)]
    return after


@pytest.mark.parametrize("line", RECORDS, ids=name_of)
def test_a_record_is_read_and_written_back_with_every_name_and_value(line: dict[str, str]) -> None:
    stored = line["stored"].encode()
    before, after = json.loads(stored), json.loads(rewriter(line["record"])(stored))
    assert kept(before, after) == before


def test_every_kind_of_record_and_every_fact_of_version_0_1_is_in_the_fixture() -> None:
    assert {line["record"] for line in RECORDS} == {"event", *KINDS}
    types = {json.loads(line["stored"])["what"]["type"] for line in RECORDS if line["record"] == "event"}
    assert len(types) == 30
    assert facts.Unreadable.__name__ in types


async def test_the_store_of_version_0_1_is_read_whole_and_its_log_is_proved(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "store.db", tmp_path)
    store = SqliteStore(tmp_path / "store.db", read_only=True)
    try:
        reader = LogReader()
        reader.set_pointer(await store.get(store_keys.CURRENT))
        reader.add(await store.list(store_keys.RELEASES))
        first, second = reader.log.releases
        assert (first.id, second.id) == ("2026-11-30.1", "2026-11-30.2")
        assert first.unreadable == second.unreadable == ()
        assert second.hotfixes == 1
        kinds = {type(event.what) for event in second.events}
        assert {facts.CommandTaken, facts.HandedOver, facts.Frozen, facts.Thawed, facts.RolledBack} <= kinds
        statuses, error = read_statuses(await store.list(store_keys.STATUSES))
        assert (len(statuses), error) == (14, "")
        targets, error = read_targets(await store.list(store_keys.TARGETS))
        assert (sorted(targets), error) == (["canary", "dogfood", "production", "staging"], "")
        result = await verify(store)
        assert result.proved
        assert result.digest == HEAD
    finally:
        await store.close()


def test_the_files_of_an_agent_of_version_0_1_are_read(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "state.json", tmp_path)
    intent, error = journal.load(tmp_path)
    assert error == ""
    assert intent.state is HostState.SERVING
    assert intent.swap is not None
    content = msgspec.json.decode((FOLDER / "c.json").read_bytes(), type=SlotContent)
    assert content.build == intent.wanted
    assert manifest.decode_manifest((FOLDER / "c.manifest").read_bytes(), content.build).id == content.build
