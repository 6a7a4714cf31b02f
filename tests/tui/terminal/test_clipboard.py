"""The clipboard sequence, also through tmux and screen."""

from cockpit.tui.terminal.clipboard import osc52


def test_the_sequence_is_wrapped_for_tmux_and_screen() -> None:
    assert osc52("a", {}) == "\x1b]52;c;YQ==\x07"
    assert osc52("a", {"TMUX": "x"}) == "\x1b]52;c;YQ==\x07\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"
    long = osc52("a" * 2000, {"STY": "x"})
    pieces = long.split("\x1b\\")
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 768
