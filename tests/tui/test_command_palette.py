"""The command palette finds commands and shows their refusals as literal text."""

from textual.command import CommandPalette
from textual.widgets import Input

from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Seen
from tests.builders import HOSTILE, NOW, at_canary
from tests.tui.screens import open_screen


async def test_the_palette_finds_commands_and_shows_hostile_reasons_literally() -> None:
    held = at_canary(HOSTILE)
    async with open_screen(held, size=(120, 40)) as screen:
        screen.board.put(engine=Seen(Holder("[/]"), NOW))
        await screen.press("ctrl+p")
        assert isinstance(screen.app.screen, CommandPalette)
        screen.app.screen.query_one(Input).value = "ROLL"
        await screen.pilot.pause(0.3)
        await screen.press("enter")
        await screen.until(lambda: "roll back to 0ld5eed000" in screen.text())
