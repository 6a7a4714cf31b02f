"""A replay on the screen: keys control its clock, and no command can be given."""

from cockpit.control.board import Board
from cockpit.control.replay_clock import ReplayClock
from cockpit.tui.replay_app import ReplayApp
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import plain
from cockpit.wiring.replays import Recording, replay_feed
from tests.builders import POLICY, finished_release
from tests.recorded_releases import NOON, pages, rolled_back
from tests.tui.screens import SETTINGS


class ConfigStub:
    """The part of a config that the feed reads."""

    policy = POLICY


async def test_keys_control_the_replay_and_no_command_can_be_given() -> None:
    release = rolled_back()
    clock = ReplayClock([event.at for event in release.events], lambda: 0.0, 10.0)
    board = Board(POLICY, clock.now)
    recording = Recording(release, (finished_release(),), pages())
    app = ReplayApp(board, clock, SETTINGS, lambda: replay_feed(board, clock, ConfigStub(), recording))  # type: ignore[arg-type]
    async with app.run_test(size=(120, 40)) as pilot:

        def text() -> str:
            return "\n".join(plain(widget.lines) for widget in app.screen.query(Lines))

        async def until(words: str) -> None:
            for _ in range(300):
                if words in text():
                    return
                await pilot.pause(0.02)
            raise AssertionError(f"{words!r} never appeared:\n{text()}")

        await until(" REPLAY 10x ")
        await until("2026-11-23 12:00:00 UTC")
        await pilot.press("space")
        await until(" REPLAY paused ")
        await pilot.press(*(("right_square_bracket",) * 10))
        await until("ROLLED BACK dogfood, canary, production")
        assert clock.now() == NOON + 160
        await pilot.press("left_square_bracket", "plus", "space")
        await until(" REPLAY 20x ")
        await until("ROLL BACK")
        for verb in ("advance", "rollback", "hold"):
            app.action_command(verb)  # without a dispatcher it does nothing
        assert app.dialogue is None
        assert board.snapshot.latest
        assert board.snapshot.latest.last_number == 10
