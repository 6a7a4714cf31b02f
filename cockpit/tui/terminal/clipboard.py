"""Puts text onto the clipboard of the terminal the person sits at, also over SSH: the escape sequence OSC 52."""

import base64
from collections.abc import Mapping

CHUNK = 700
"""Bytes that GNU screen lets through in one piece."""


def osc52(text: str, env: Mapping[str, str]) -> str:
    """What to write to the terminal. tmux and screen keep such a sequence to themselves unless it is wrapped; tmux
    takes the bare one too where `set-clipboard` is on and only the wrapped one where `allow-passthrough` is, so both
    are written: twice the same text on the clipboard is once."""
    coded = base64.b64encode(text.encode()).decode()
    bare = f"\x1b]52;c;{coded}\x07"
    if env.get("TMUX"):
        doubled = bare.replace("\x1b", "\x1b\x1b")
        return f"{bare}\x1bPtmux;{doubled}\x1b\\"
    if env.get("STY"):
        return "".join(f"\x1bP{bare[at : at + CHUNK]}\x1b\\" for at in range(0, len(bare), CHUNK))
    return bare
