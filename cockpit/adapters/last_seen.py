"""When a person last looked, in a small file of their own: cockpit's state folder where it can be written, else theirs.

Somebody who only watches may write nothing of cockpit's, so XDG_STATE_HOME is the second place. A file that cannot be
read or written is no error: then it is not known when they looked, and nothing else depends on it.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

import msgspec

from cockpit.deploy.schedule.presence import Looked


class FileLastSeen:
    """The last look of `who` at the cockpit whose config is `config`; without `state` in their own folder alone."""

    def __init__(self, state: Path | None, config: Path, who: str, env: Mapping[str, str]) -> None:
        place = hashlib.sha256(str(config).encode()).hexdigest()[:12]
        home = Path(env.get("XDG_STATE_HOME") or Path(env.get("HOME") or "~", ".local", "state").expanduser())
        name = re.sub(r"[^\w.@-]", "_", who)[:100] + ".json"
        self._shared = state / "looks" / name if state and state.is_dir() else None
        self._own = home / "cockpit" / place / name

    def last(self) -> Looked | None:
        """The newest there is; None where it is not known. Blocks for a file read."""
        found = [looked for path in (self._shared, self._own) if path and (looked := _read(path))]
        return max(found, key=lambda looked: looked.at, default=None)

    def note(self, looked: Looked) -> None:
        """Remember this one. Blocks for a file write."""
        if not (self._shared and _write(self._shared, looked)):
            _write(self._own, looked)


def _read(path: Path) -> Looked | None:
    with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(path.read_bytes()[:4096], type=Looked)
    return None


def _write(path: Path, looked: Looked) -> bool:
    """Whether it stands there whole."""
    fresh = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = mkstemp(dir=path.parent, prefix=".look")
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(looked))
        os.replace(fresh, path)
    except OSError:
        if fresh:
            with suppress(OSError):
                os.unlink(fresh)
        return False
    return True
