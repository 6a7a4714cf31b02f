"""What a terminal can show, by its environment variables."""

from collections.abc import Mapping


def refuse_terminal(env: Mapping[str, str], isatty: bool) -> str:
    """Return why the screen cannot be shown here and what to do; empty if it can."""
    if not isatty:
        return "the screen needs a terminal: run it from one, or use `cockpit status`"
    term = env.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        problem = f"TERM={term}" if term else "TERM is not set"
        return f"{problem}: this terminal cannot move the cursor; set TERM to its type, or use `cockpit status`"
    return ""


def colours(env: Mapping[str, str]) -> int:
    """Return how many colours the terminal has: 0 with NO_COLOR (https://no-color.org), else by COLORTERM and TERM, as
    textual reads them."""
    if env.get("NO_COLOR"):
        return 0
    if env.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return 1 << 24
    kind = env.get("TERM", "").strip().lower().rpartition("-")[2]
    return {"256color": 256, "kitty": 256, "direct": 1 << 24}.get(kind, 16)


def few_glyphs(env: Mapping[str, str]) -> bool:
    """Return whether the terminal has the small font of a console, without dots, arrows and blocks."""
    return env.get("TERM", "") in {"linux", "linux-16color", "vt100", "vt102", "vt220", "cons25"}
