"""The palette: everything a key does, found by its name."""

from collections.abc import Callable, Iterator
from typing import Protocol, cast

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

Entry = tuple[str, str, Callable[[], object]]
"""(name, sentence, what it does)."""


class PaletteEntry(Protocol):
    """An application that says what can be done in it."""

    def entries(self) -> Iterator[Entry]:
        """All of it."""


class CommandProvider(Provider):
    """Commands and what the screen itself can do."""

    async def search(self, query: str) -> Hits:
        """Those whose name is like what was typed."""
        matcher = self.matcher(query)
        for name, words, run in self._entries():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, text=name, help=escape(words))

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for name, words, run in self._entries():
            yield DiscoveryHit(cast(str, Text(name)), run, text=name, help=escape(words))

    def _entries(self) -> Iterator[Entry]:
        return cast(PaletteEntry, self.app).entries()
