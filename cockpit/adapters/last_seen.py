"""The time of a person's last visit, in a small file in cockpit's state folder or in the person's own.

A person who only watches may have no write access to cockpit's state, so XDG_STATE_HOME is the second location. A file
that cannot be read or written is not an error: the last visit is then unknown, and nothing else depends on it.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

import msgspec

from cockpit.deploy.schedule.presence import LastVisit


class FileLastSeen:
    """The last visit of `who` to the cockpit with the config `config`; without `state` only in their own folder."""

    def __init__(self, state: Path | None, config: Path, who: str, env: Mapping[str, str]) -> None:
        digest = hashlib.sha256(str(config).encode()).hexdigest()[:12]
        home = Path(env.get("XDG_STATE_HOME") or Path(env.get("HOME") or "~", ".local", "state").expanduser())
        name = re.sub(r"[^\w.@-]", "_", who)[:100] + ".json"
        self._shared = state / "looks" / name if state and state.is_dir() else None
        self._own = home / "cockpit" / digest / name

    def last(self) -> LastVisit | None:
        """The latest known visit; None if it is unknown. Blocks for a file read."""
        visits = [visit for path in (self._shared, self._own) if path and (visit := _read(path))]
        return max(visits, key=lambda visit: visit.at, default=None)

    def note(self, visit: LastVisit) -> None:
        """Record the visit. Blocks for a file write."""
        if not (self._shared and _write(self._shared, visit)):
            _write(self._own, visit)


def _read(path: Path) -> LastVisit | None:
    with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(path.read_bytes()[:4096], type=LastVisit)
    return None


def _write(path: Path, visit: LastVisit) -> bool:
    """Write the file atomically; False if that fails."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = mkstemp(dir=path.parent, prefix=".look")
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(visit))
        os.replace(temporary, path)
    except OSError:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)
        return False
    return True
