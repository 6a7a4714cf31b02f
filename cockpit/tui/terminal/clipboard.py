"""Copy text to the clipboard of the user's terminal, also over SSH, by the escape sequence OSC 52."""

import base64
from collections.abc import Mapping

CHUNK = 700
"""Bytes that GNU screen passes on in one piece."""


def osc52(text: str, env: Mapping[str, str]) -> str:
    """Return the sequence to write to the terminal that `env` describes.

    tmux and screen pass it on only if it is wrapped. tmux reads the bare sequence with `set-clipboard` and the wrapped
    one with `allow-passthrough`, so it is sent both: setting the clipboard twice does no harm.
    """
    encoded = base64.b64encode(text.encode()).decode()
    bare = f"\x1b]52;c;{encoded}\x07"
    if env.get("TMUX"):
        doubled = bare.replace("\x1b", "\x1b\x1b")
        return f"{bare}\x1bPtmux;{doubled}\x1b\\"
    if env.get("STY"):
        return "".join(f"\x1bP{bare[at : at + CHUNK]}\x1b\\" for at in range(0, len(bare), CHUNK))
    return bare
