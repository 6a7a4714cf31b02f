"""Message templates: which ones a team can replace, which placeholders they may have, and how they are filled in."""

from collections.abc import Mapping
from string import Template

from cockpit.rules.notifications.triggers import AUTHOR_PREFIX, HEAD, TRIGGERS, AuthorScope

ALWAYS = ("app", "release", "step", "who", "why", "because", "reason", "pulls", "build", "person", "next", "until")
"""Placeholders of every template; `because` is the reason after a colon, or empty if none was given."""
OF_A_PULL = ("pull", "title", "author")
OF_THE_HEAD = ("state",)
HEAD_TEXT = "$app $release: $state, $pulls"
LONGEST_VALUE = 300
"""Characters of one value; longer ones are cut."""


def template_names() -> tuple[str, ...]:
    """Every template that the config may replace."""
    lines = tuple(f"{AUTHOR_PREFIX}{name}" for name, row in TRIGGERS.items() if row.scope is not AuthorScope.NONE)
    return (HEAD, *TRIGGERS, *lines)


def placeholders(name: str) -> tuple[str, ...]:
    """The placeholders that the template of that name may have."""
    if name == HEAD:
        return ALWAYS + OF_THE_HEAD
    if name.startswith(AUTHOR_PREFIX) or TRIGGERS[name].scope is AuthorScope.ONE:
        return ALWAYS + OF_A_PULL
    return ALWAYS


def template_problem(name: str, text: str) -> tuple[str, str]:
    """The problem with a template in words, and its unknown placeholder; empty for neither."""
    template = Template(text)
    if not template.is_valid():
        return 'has a "$" that begins no placeholder; write "$$" for a dollar sign', ""
    known = placeholders(name)
    unknown = next((placeholder for placeholder in template.get_identifiers() if placeholder not in known), "")
    return (f"has the unknown placeholder ${unknown}", unknown) if unknown else ("", "")


def template_text(name: str, own: Mapping[str, str]) -> str:
    """The team's own template of that name, else the default."""
    if name in own:
        return own[name]
    if name == HEAD:
        return HEAD_TEXT
    if name.startswith(AUTHOR_PREFIX):
        return TRIGGERS[name.removeprefix(AUTHOR_PREFIX)].author
    return TRIGGERS[name].channel


def fill(text: str, values: Mapping[str, str]) -> str:
    """The template with its values, each cut to `LONGEST_VALUE`; placeholders without a value stay as they are."""
    cut = {
        key: value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…" for key, value in values.items()
    }
    return Template(text).safe_substitute(cut)
