"""Messages in a team's own words: which templates there are, what they may hold, and how they are filled in."""

from collections.abc import Mapping
from string import Template

from cockpit.rules.notifications.triggers import AUTHORS, HEAD, TABLE, Concerns

ALWAYS = ("app", "release", "step", "who", "why", "because", "reason", "pulls", "build", "person", "next", "until")
"""Placeholders of every template; `because` is the reason with a colon before it, or nothing where none was given."""
OF_A_PULL = ("pull", "title", "author")
OF_THE_HEAD = ("state",)
HEAD_TEXT = "$app $release: $state, $pulls"
LONGEST_VALUE = 300
"""Characters of what a stranger wrote that are worth sending."""


def names() -> tuple[str, ...]:
    """Every template that config may replace."""
    lines = tuple(f"{AUTHORS}{name}" for name, row in TABLE.items() if row.concerns is not Concerns.NOBODY)
    return (HEAD, *TABLE, *lines)


def placeholders(name: str) -> tuple[str, ...]:
    """What the template of that name may hold."""
    if name == HEAD:
        return ALWAYS + OF_THE_HEAD
    if name.startswith(AUTHORS) or TABLE[name].concerns is Concerns.ONE:
        return ALWAYS + OF_A_PULL
    return ALWAYS


def problem(name: str, text: str) -> tuple[str, str]:
    """What is wrong with the template, in words, and the placeholder that is not known; empty for neither."""
    template = Template(text)
    if not template.is_valid():
        return 'has a "$" that begins no placeholder; "$$" writes one', ""
    known = placeholders(name)
    wrong = next((one for one in template.get_identifiers() if one not in known), "")
    return (f"has the placeholder ${wrong}, which is not known there", wrong) if wrong else ("", "")


def text_of(name: str, own: Mapping[str, str]) -> str:
    """The template: the team's own, or cockpit's."""
    if name in own:
        return own[name]
    if name == HEAD:
        return HEAD_TEXT
    return TABLE[name.removeprefix(AUTHORS)].pull if name.startswith(AUTHORS) else TABLE[name].room


def filled(text: str, values: Mapping[str, str]) -> str:
    """The template with its values, each cut to what is worth sending; what has no value stays as it is written."""
    cut = {
        key: value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…" for key, value in values.items()
    }
    return Template(text).safe_substitute(cut)
