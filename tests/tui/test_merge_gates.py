"""What speaks against a release is read before it is opened, and where a PR is, is one key away."""

from dataclasses import replace

from cockpit.deploy.facts import Started
from cockpit.deploy.plan import Preview
from cockpit.deploy.quarantine import Reappearance, Way
from cockpit.deploy.snapshot import Seen
from cockpit.rules.decisions.preflight import question
from cockpit.tui.pages.page import Page
from tests.builders import NEW, NOW, PULLS, at_canary, idle
from tests.tui.screens import screen

BACK = Reappearance("#12", "2026-11-22.2", "f" * 40, "Cart, [b]again[/]", Way.SAME)


async def test_a_reverted_pr_that_is_back_needs_a_reason_and_the_log_keeps_both() -> None:
    calm = idle()
    log = replace(calm.log, value=replace(calm.log.value, pointer=0))  # the store of a test has none yet
    found = Preview(NEW.commit, PULLS, question(calm), comebacks=(BACK,))
    async with screen(replace(calm, log=log, main=Seen(found, NOW))) as on:
        await on.press("s")
        await on.until(lambda: "OVERRIDE" in on.text())
        assert "#12 was reverted in 2026-11-22.2" in on.text()
        assert "[b]again[/]" in on.text(), "a stranger's text is no markup"
        await on.press("enter")
        assert "type a reason first" in on.text()
        await on.answer("it is mended")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, Started)
        assert (event.why, event.what.commit) == ("it is mended", NEW.commit)
        assert "makes the same change" in event.what.overrode


async def test_w_shows_where_the_pr_under_the_cursor_is() -> None:
    async with screen(at_canary()) as on:
        await on.press("2", "j", "w")
        assert isinstance(on.app.screen, Page)
        assert f"WHERE IS {PULLS[1].name}" in on.text()
        assert "dogfood" in on.text()
        await on.press("escape")
        assert not isinstance(on.app.screen, Page)
