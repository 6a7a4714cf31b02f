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


def colours(env: Mapping[str, str]) -> int:
    """How many colours the terminal is taken to have: none under NO_COLOR (https://no-color.org), else what COLORTERM
    and TERM promise, as textual itself reads them."""
    if env.get("NO_COLOR"):
        return 0
    if env.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return 1 << 24
    kind = env.get("TERM", "").strip().lower().rpartition("-")[2]
    return {"256color": 256, "kitty": 256, "direct": 1 << 24}.get(kind, 16)


def few_glyphs(env: Mapping[str, str]) -> bool:
    """Whether its font is the small one of a console, without dots, arrows and blocks."""
    return env.get("TERM", "") in {"linux", "linux-16color", "vt100", "vt102", "vt220", "cons25"}
