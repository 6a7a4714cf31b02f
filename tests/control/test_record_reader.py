"""Whatever a record says is cleaned, whichever way it is read; what needs no cleaning is read the short way."""

import msgspec
import pytest

from cockpit.control.record_reader import InvalidRecord, read_record, read_statuses
from cockpit.deploy.hosts.status import HostState, Pulling, Status, Swap
from cockpit.ports import Entry

PLAIN = Status(
    "web-1", "web", HostState.SERVING, 5.0, 4.0, "b", ("c",), 3, detail="all is well", pulling=Pulling("d", 1.0, 2, 3),
    swap=Swap("b", 4.0, 3.0, 0.1),
)  # fmt: skip
HOSTILE = ("\x1b[2Jwipe", "tab\there", "\x7fdel", "\u202eover", "\x9b31m", "ünï", "back\\slash", 'quo"te', "two\nlines")


def entry(value: bytes) -> Entry:
    return Entry("status/web/web-1", value, 1)


def test_a_plain_one_is_as_it_was_written() -> None:
    assert read_record(entry(msgspec.json.encode(PLAIN)), Status) == PLAIN


@pytest.mark.parametrize("bad", HOSTILE)
def test_every_text_of_a_hostile_one_is_cleaned(bad: str) -> None:
    written = msgspec.structs.replace(
        PLAIN, host=bad, build=bad, cold=(bad,), detail=bad, pulling=Pulling(bad, 1.0), swap=Swap(bad, 1.0, 2.0)
    )
    for raw in (msgspec.json.encode(written), msgspec.json.encode(written).replace(b"e", b"\\u0065")):
        found = read_record(entry(raw), Status)
        assert found.pulling
        assert found.swap
        texts = {found.host, found.build, *found.cold, found.detail, found.pulling.build, found.swap.build}
        assert len(texts) == 1
        assert all(line.isprintable() for text in texts for line in text.split("\n"))


@pytest.mark.parametrize("bad", [b"", b"{}", b"[]", b"\xff", b'{"host": 3}', b"[" * 5000, b'{"host":"a\x01"}'])
def test_what_is_no_status_is_named_whichever_way_it_is_read(bad: bytes) -> None:
    with pytest.raises(InvalidRecord, match="record status/web/web-1 cannot be read"):
        read_record(entry(bad), Status)
    good = entry(msgspec.json.encode(PLAIN))
    found, wrong = read_statuses((entry(bad), good))
    assert found == {"web-1": PLAIN}
    assert "status/web/web-1" in wrong


def test_a_status_of_an_older_agent_has_neither_pull_nor_swap() -> None:
    old = msgspec.to_builtins(PLAIN)
    for name in ("pulling", "swap"):
        del old[name]
    found = read_record(entry(msgspec.json.encode(old)), Status)
    assert (found.pulling, found.swap) == (None, None)
