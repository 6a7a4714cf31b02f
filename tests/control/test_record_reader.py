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


def test_a_clean_record_is_read_unchanged() -> None:
    assert read_record(entry(msgspec.json.encode(PLAIN)), Status) == PLAIN


@pytest.mark.parametrize("bad", HOSTILE)
def test_every_text_of_a_hostile_record_is_cleaned(bad: str) -> None:
    written = msgspec.structs.replace(
        PLAIN, host=bad, build=bad, cold=(bad,), detail=bad, pulling=Pulling(bad, 1.0), swap=Swap(bad, 1.0, 2.0)
    )
    plain = msgspec.json.encode(written)
    escaped = plain.replace(b"e", b"\\u0065").replace(b"fals\\u0065", b"false").replace(b"tru\\u0065", b"true")
    for raw in (plain, escaped):
        status = read_record(entry(raw), Status)
        assert status.pulling
        assert status.swap
        texts = {status.host, status.build, *status.cold, status.detail, status.pulling.build, status.swap.build}
        assert len(texts) == 1
        assert all(line.isprintable() for text in texts for line in text.split("\n"))


@pytest.mark.parametrize("bad", [b"", b"{}", b"[]", b"\xff", b'{"host": 3}', b"[" * 5000, b'{"host":"a\x01"}'])
def test_an_invalid_status_is_named(bad: bytes) -> None:
    with pytest.raises(InvalidRecord, match="record status/web/web-1 cannot be read"):
        read_record(entry(bad), Status)
    good = entry(msgspec.json.encode(PLAIN))
    statuses, error = read_statuses((entry(bad), good))
    assert statuses == {"web-1": PLAIN}
    assert "status/web/web-1" in error


def test_an_older_agents_status_has_neither_pull_nor_swap() -> None:
    old = msgspec.to_builtins(PLAIN)
    for name in ("pulling", "swap"):
        del old[name]
    status = read_record(entry(msgspec.json.encode(old)), Status)
    assert (status.pulling, status.swap) == (None, None)
