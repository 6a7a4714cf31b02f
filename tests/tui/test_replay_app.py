"""A replay on the screen: the keys turn its clock, the screen says what it is, and nothing in it can write."""

from cockpit.control.board import Board
from cockpit.control.replay_clock import ReplayClock
from cockpit.tui.replay_app import ReplayApp
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import plain
from cockpit.wiring.replays import Recording, replay_feed
from tests.builders import POLICY, finished_release
from tests.recorded import NOON, pages, rolled_back
from tests.tui.screens import SETTINGS


class Played:
    """A config of that policy alone, which is all that a feed asks of one."""

    policy = POLICY


async def test_the_same_screen_shows_the_record_and_its_keys_turn_the_clock() -> None:
    release = rolled_back()
    player = ReplayClock([event.at for event in release.events], lambda: 0.0, 10.0)
    board = Board(POLICY, player.now)
    tape = Recording(release, (finished_release(),), pages())
    app = ReplayApp(board, player, SETTINGS, lambda: replay_feed(board, player, Played(), tape))  # type: ignore[arg-type]
    async with app.run_test(size=(120, 40)) as pilot:

        def text() -> str:
            return "\n".join(plain(widget.lines) for widget in app.screen.query(Lines))

        async def until(words: str) -> None:
            for _ in range(300):
                if words in text():
                    return
                await pilot.pause(0.02)
            raise AssertionError(f"{words!r} never came:\n{text()}")

        await until(" REPLAY 10x ")
        await until("2026-11-23 12:00:00 UTC")
        await pilot.press("space")
        await until(" REPLAY paused ")
        await pilot.press(*(("right_square_bracket",) * 10))
        await until("ROLLED BACK dogfood, canary, production")
        assert player.now() == NOON + 160
        await pilot.press("left_square_bracket", "plus", "space")
        await until(" REPLAY 20x ")
        await until("ROLL BACK")
        for verb in ("advance", "rollback", "hold"):
            app.action_command(verb)  # there is no desk: nothing can come of it
        assert app.dialogue is None
        assert board.snapshot.latest
        assert board.snapshot.latest.last_number == 10
