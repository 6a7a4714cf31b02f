"""The command palette: every command and action of the screen, found by name."""

from collections.abc import Callable, Iterator
from typing import Protocol, cast

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

PaletteEntry = tuple[str, str, Callable[[], object]]
"""(name, help text, callback)."""


class PaletteSource(Protocol):
    """An application that lists its palette entries."""

    def entries(self) -> Iterator[PaletteEntry]:
        """Yield all entries."""


class CommandProvider(Provider):
    """Commands and actions of the screen, for Textual's command palette."""

    async def search(self, query: str) -> Hits:
        """Yield the entries whose name matches the query."""
        matcher = self.matcher(query)
        for name, help_text, run in self._entries():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, text=name, help=escape(help_text))

    async def discover(self) -> Hits:
        """Yield all entries, before anything is typed."""
        for name, help_text, run in self._entries():
            yield DiscoveryHit(cast(str, Text(name)), run, text=name, help=escape(help_text))

    def _entries(self) -> Iterator[PaletteEntry]:
        return cast(PaletteSource, self.app).entries()
