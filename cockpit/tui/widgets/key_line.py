"""A line of keys and what they do; a click on one is as good as its key."""

from textual import events
from textual.message import Message

from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import Line, Tone, cells


class KeyLine(Lines):
    """Rows such as the footer's."""

    class Pressed(Message):
        """A key was clicked on; as it is shown."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def on_click(self, event: events.Click) -> None:
        """Say which key stands there."""
        if 0 <= event.y < len(self.lines) and (key := key_at(self.lines[event.y], event.x)):
            event.stop()
            self.post_message(self.Pressed(key))


def key_at(line: Line, x: int) -> str:
    """The key at that column, or the one whose title stands there; empty for neither."""
    before = 0
    for place, span in enumerate(line):
        before += cells(span.text)
        if x >= before:
            continue
        previous = line[place - 1] if place else None
        if span.tone is Tone.KEY or not span.text.strip():
            return span.text.strip()
        titled = span.text.startswith(" ") or (previous is not None and previous.tone is Tone.KEY)
        return (previous.text if previous else "").strip() if titled else span.text.strip()
    return ""
