"""The newest error report as a file that whatever collects errors writes: a log shipper, an exporter, a person."""

from pathlib import Path

from cockpit.deploy.suspects.stack_trace import MOST_TEXT
from cockpit.ports import Failed


class FileReports:
    """Implements `ports.ErrorReports` on one file; of a long one the end counts, where logs have their newest."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def latest(self, since: float = 0.0) -> str:
        """The text, whenever it was written; empty without the file. Raises `Failed` where it cannot be read."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - MOST_TEXT))
                return file.read(MOST_TEXT).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError as bad:
            raise Failed("report", f"{self._path} cannot be read: {bad.strerror}", "correct suspects.report") from bad
