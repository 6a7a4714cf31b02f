import pytest

from cockpit.deploy.record.log_head import MAX_DOUBTS, LogHead, advance_head, decode, encode


def test_the_head_advances_with_its_events() -> None:
    assert advance_head(LogHead("a" * 64, 4), "a" * 64, "b" * 64, 2, "x") == LogHead("b" * 64, 6)


def test_doubts_stay_and_the_first_ones_are_kept() -> None:
    head = advance_head(LogHead("a" * 64, 4), "c" * 64, "b" * 64, 1, "releases/x/000005")
    assert head.doubts == ("releases/x/000005 was written after cccccccccc, but the log's head was aaaaaaaaaa",)
    assert advance_head(head, "b" * 64, "d" * 64, 1, "y").doubts == head.doubts
    for number in range(2 * MAX_DOUBTS):
        head = advance_head(head, "elsewhere", "f" * 64, 1, f"event {number}")
    assert len(head.doubts) == MAX_DOUBTS
    assert head.doubts[0].startswith("releases/x/000005")


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"digest": 1, "events": 2}', b"\xff\xfe"])
def test_an_unreadable_head_is_none_and_a_readable_one_is_cleaned(stored: bytes) -> None:
    assert decode(stored) is None
    assert decode(encode(LogHead("a", 1, ("red \x1b[31m",)))) == LogHead("a", 1, ("red ",))
