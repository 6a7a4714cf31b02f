"""The host's two slots: which build is in which, filling the cold one, and the flip.

`slots/a/` and `slots/b/` hold content only; `slots/a.json` beside it says which build that is and exists only while
the content is whole: it goes first and comes last. `current` is a relative symlink to the hot slot, and the only thing
that says which one is hot.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from cockpit.agent.durable import remove_file, sync_folder, sync_tree, write_file
from cockpit.agent.reconcile import Disk
from cockpit.agent.unpack import GivenUp, unpack
from cockpit.deploy.text import short
from cockpit.ports import Failed

NAMES = ("a", "b")


class Content(msgspec.Struct, frozen=True):
    """The metadata of a slot."""

    build: str


class Slots:
    """The slots in one host's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._slots = self._folder / "slots"
        self._current = self._folder / "current"

    def disk(self) -> Disk:
        """What is in the slots. Raises `Failed` where `current` is not of our making."""
        hot = self._hot()
        return Disk(self._build(hot) if hot else "", self._build(self._cold()))

    def hot_path(self) -> str:
        """The absolute path of the hot slot; empty where there is none."""
        hot = self._hot()
        return str(self._slots / hot) if hot else ""

    def prepare(self, build: str, packed: Path, given_up: Callable[[], bool] = lambda: False) -> None:
        """Fill the cold slot from a verified pack. Blocks; raises what `unpack` raises, the slot then being empty."""
        slot = self._slots / self._cold()
        self._clear(slot)
        slot.mkdir(parents=True)
        slot.chmod(0o755)
        try:
            unpack(packed, slot, given_up)
            sync_tree(slot)
            sync_folder(self._slots)
            if given_up():
                raise GivenUp
            write_file(slot.with_suffix(".json"), msgspec.json.encode(Content(build)))
        except BaseException:
            self._clear(slot)  # gives a full disk its room back
            raise

    def flip(self, build: str) -> None:
        """Make the cold slot the hot one, in an instant and durably. Raises `Failed` unless it holds `build`."""
        cold = self._cold()
        if self._build(cold) != build:
            raise Failed(f"slot {cold}", f"does not hold {short(build)}", "point the tier at a build again")
        fresh = self._folder / ".current.new"
        fresh.unlink(missing_ok=True)
        os.symlink(f"slots/{cold}", fresh)
        os.replace(fresh, self._current)
        sync_folder(self._folder)

    def _hot(self) -> str:
        try:
            folder, _, name = os.readlink(self._current).rpartition("/")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Failed(str(self._current), "is not a symlink", "move it away") from error
        if folder != "slots" or name not in NAMES:
            raise Failed(str(self._current), "does not point at slots/a or slots/b", "remove it")
        return name

    def _cold(self) -> str:
        return NAMES[1] if self._hot() == NAMES[0] else NAMES[0]

    def _build(self, name: str) -> str:
        slot = self._slots / name
        try:
            content = msgspec.json.decode(slot.with_suffix(".json").read_bytes(), type=Content)
        except (FileNotFoundError, msgspec.MsgspecError):
            return ""
        return content.build if slot.is_dir() else ""

    def _clear(self, slot: Path) -> None:
        remove_file(slot.with_suffix(".json"))
        if slot.exists():
            shutil.rmtree(slot)
