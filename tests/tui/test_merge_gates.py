"""Objections to a release are confirmed before it starts, and one key shows where a PR is."""

from dataclasses import replace

from cockpit.deploy.facts import Started
from cockpit.deploy.plan import Preview
from cockpit.deploy.quarantine import Reappearance, ReappearanceKind
from cockpit.deploy.snapshot import Seen
from cockpit.rules.decisions.preflight import preview_query
from cockpit.tui.pages.page import Page
from tests.builders import NEW, NOW, PULLS, at_canary, idle
from tests.tui.screens import open_screen

REAPPEARED = Reappearance("#12", "2026-11-22.2", "f" * 40, "Cart, [b]again[/]", ReappearanceKind.SAME)


async def test_a_reverted_pr_that_reappears_needs_a_reason_and_both_are_logged() -> None:
    snapshot = idle()
    log = replace(snapshot.log, value=replace(snapshot.log.value, current_version=0))  # the test's store has none yet
    preview = Preview(NEW.commit, PULLS, preview_query(snapshot), reappearances=(REAPPEARED,))
    async with open_screen(replace(snapshot, log=log, preview=Seen(preview, NOW))) as screen:
        await screen.press("s")
        await screen.until(lambda: "OVERRIDE" in screen.text())
        assert "#12 was reverted in 2026-11-22.2" in screen.text()
        assert "[b]again[/]" in screen.text(), "foreign text is not read as markup"
        await screen.press("enter")
        assert "type a reason first" in screen.text()
        await screen.confirm_with("it is mended")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Started)
        assert (event.why, event.what.commit) == ("it is mended", NEW.commit)
        assert "makes the same change" in event.what.overrode


async def test_w_shows_where_the_selected_pr_is() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("2", "j", "w")
        assert isinstance(screen.app.screen, Page)
        assert f"WHERE IS {PULLS[1].name}" in screen.text()
        assert "dogfood" in screen.text()
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Page)
