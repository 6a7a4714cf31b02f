"""Fields of an unexpected type read as empty."""

import pytest

from cockpit.adapters.forges.json_fields import label_names, list_at, object_at, text


@pytest.mark.parametrize("value", [None, [], "text", 3, {"key": None}, {"key": "text"}, {"other": {}}])
def test_anything_else_reads_as_empty(value: object) -> None:
    assert object_at(value, "key") == {}
    assert list_at(value, "key") == []


def test_text_is_cleaned_and_labels_without_a_name_are_empty() -> None:
    assert text("a\x1b[2Jb") == "ab"
    assert text(None) == ""
    assert label_names([{"name": "clock"}, "odd", {}]) == ("clock", "")
    assert label_names("odd") == ()
