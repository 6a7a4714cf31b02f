"""The newest error report from a file, which a log shipper, an exporter or a person writes."""

from pathlib import Path

from cockpit.deploy.suspects.stack_trace import MAX_TEXT
from cockpit.ports import Failed


class FileErrorReports:
    """`ports.ErrorReports` on one file. Only the end of a long file is read, where logs have their newest lines."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def latest(self, since: float = 0.0) -> str:
        """The text, of any age; empty if there is no file. Raises `Failed` if it cannot be read."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - MAX_TEXT))
                return file.read(MAX_TEXT).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError as bad:
            raise Failed("report", f"cannot read {self._path}: {bad.strerror}", "correct suspects.report") from bad
