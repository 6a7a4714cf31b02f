"""Whether this terminal can show the screen at all; where not, the words that say so."""

from collections.abc import Mapping


def refuse_terminal(env: Mapping[str, str], isatty: bool) -> str:
    """Why the screen cannot be shown, and the way out; empty where it can."""
    if not isatty:
        return "the screen needs a terminal: run it from one, or use `cockpit status`"
    term = env.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        said = f"TERM={term}" if term else "TERM is not set"
        return f"{said}: this terminal cannot place text; set TERM to what it is, or use `cockpit status`"
    return ""
