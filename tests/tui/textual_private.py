"""What tests of the screen read of Textual without Textual publishing it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.app import App

from cockpit.tui.app import CockpitApp
from cockpit.tui.terminal.textual_internals import FrameUpdate


@contextmanager
def captured_frames(
    monkeypatch: pytest.MonkeyPatch, capture: Callable[[CockpitApp, FrameUpdate], None]
) -> Iterator[None]:
    """Pass every frame to `capture` instead of the display: a test's app has no terminal to write to."""

    def display(self: CockpitApp, _screen: object, update: Any) -> None:
        if update is not None and not self._batch_count:
            capture(self, update)

    with monkeypatch.context() as patched:
        patched.setattr(CockpitApp, "_display", display)
        yield


def full_update(app: App[Any]) -> object:
    """Return the update that repaints the whole screen."""
    return app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)


def frame_text(app: App[Any]) -> str:
    """Return all that the terminal would show, one line per row."""
    update = full_update(app)
    rows = ("".join(segment.text for segment in row) for strips in [getattr(update, "strips", ())] for row in strips)
    return "".join(f"{row.rstrip()}\n" for row in rows)


def notices(app: CockpitApp) -> list[str]:
    """Return the texts of the notices shown so far."""
    return [notice.message for notice in app._notifications]


def bound_actions(app: CockpitApp) -> list[str]:
    """Return the actions of all keys that the app binds."""
    return [binding.action for bindings in app._bindings.key_to_bindings.values() for binding in bindings]


def exit_message(app: CockpitApp) -> str:
    """Return the message that is printed once the screen has closed."""
    return str(app._exit_renderables[0])


def has_background_task(app: CockpitApp) -> bool:
    """Return whether the app's background task has started."""
    return app._background_task is not None
