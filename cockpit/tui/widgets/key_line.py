"""A line of keys and their titles; a click on one acts as its key."""

from textual import events
from textual.message import Message

from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import Line, Tone, cells


class KeyLine(Lines):
    """Lines of key hints, such as the footer."""

    class Pressed(Message):
        """A key hint was clicked; `key` is the key as shown."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def on_click(self, event: events.Click) -> None:
        """Post the key at that column."""
        if 0 <= event.y < len(self.lines) and (key := key_at(self.lines[event.y], event.x)):
            event.stop()
            self.post_message(self.Pressed(key))


def key_at(line: Line, x: int) -> str:
    """Return the key at that column, or the key whose title is there; empty for neither."""
    before = 0
    for index, span in enumerate(line):
        before += cells(span.text)
        if x >= before:
            continue
        previous = line[index - 1] if index else None
        if span.tone is Tone.KEY or not span.text.strip():
            return span.text.strip()
        titled = span.text.startswith(" ") or (previous is not None and previous.tone is Tone.KEY)
        return (previous.text if previous else "").strip() if titled else span.text.strip()
    return ""
