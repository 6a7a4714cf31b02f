"""The error report in a file."""

from pathlib import Path

import pytest

from cockpit.adapters.error_reports.file import FileErrorReports
from cockpit.deploy.suspects.stack_trace import MAX_TEXT
from cockpit.ports import Failed


def test_the_text_is_read_and_a_missing_file_is_no_report(tmp_path: Path) -> None:
    reports = FileErrorReports(tmp_path / "errors.log")
    assert reports.latest() == ""
    (tmp_path / "errors.log").write_bytes(b"caf\xe9\n")
    assert reports.latest(since=9e9) == "caf\ufffd\n", "the age does not count"


def test_only_the_end_of_a_long_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "errors.log").write_bytes(b"old" + b"x" * MAX_TEXT + b"new")
    text = FileErrorReports(tmp_path / "errors.log").latest()
    assert len(text) == MAX_TEXT
    assert text.endswith("xnew")


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"cannot read .*: Is a directory; correct suspects\.report"):
        FileErrorReports(tmp_path).latest()
