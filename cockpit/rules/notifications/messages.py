"""From a release's events to every message that should ever have been sent of it.

The same events give the same messages with the same ids, so what is due is this less what has been told: nothing needs
to be remembered between the event and the sending.
"""

from collections.abc import Iterator

from cockpit.deploy.events import Event
from cockpit.deploy.facts import RolledBack
from cockpit.deploy.outbox import AUTHOR, Message
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release, after
from cockpit.deploy.schedule.time_format import in_utc
from cockpit.deploy.text import clean, plural, short
from cockpit.rules.notifications.deployment_marks import marks
from cockpit.rules.notifications.templates import filled, text_of
from cockpit.rules.notifications.triggers import AUTHORS, HEAD, TABLE, Concerns, about, occasion, successor

FORGE = "forge:"
"""How the name of a forge begins, which is told of deployments and nothing else."""
LONGEST = 1_800
"""Characters of one message, as the strictest service takes them; more lines are more messages."""


def messages(release: Release, policy: Policy, to: str, addressed: tuple[str, ...] = ()) -> tuple[Message, ...]:
    """Every message of the release to that place, oldest first; `addressed` are the authors who have their own."""
    if to.startswith(FORGE):
        return tuple(_marked(release, policy, to))
    only = to.removeprefix(AUTHOR) if to.startswith(AUTHOR) else ""
    return tuple(_told(release, policy, to, only, addressed))


def head(release: Release, policy: Policy) -> str:
    """The message at the head of the release's thread, as it should read now; of a release that has begun."""
    values = {**_values(release.events[0], release, policy), "state": _state(release)}
    return filled(text_of(HEAD, policy.people.templates), values)


def _told(release: Release, policy: Policy, to: str, only: str, addressed: tuple[str, ...]) -> Iterator[Message]:
    seen: set[tuple[str, str]] = set()
    so_far = Release(release.id)
    for event in release.events:
        so_far = after(so_far, event)
        name = occasion(event, so_far, policy)
        if isinstance(event.what, RolledBack):
            seen = {one for one in seen if one[0] == "smoke-passed"}  # what comes back to people is news to them
        if (row := TABLE.get(name)) is None:
            continue
        values = _values(event, so_far, policy)
        one = about(event, so_far)
        heir = successor(event)
        lines = _room(name, values, one, policy) if not only or _is(only, heir) else []
        concerned = _concerned(row.concerns, so_far, one)
        fresh = [pull for pull in concerned if row.concerns is Concerns.ONE or (name, pull.name) not in seen]
        seen |= {(name, pull.name) for pull in fresh}
        mine = [pull for pull in fresh if (pull.author == only if only else pull.author not in addressed)]
        template = text_of(f"{AUTHORS}{name}", policy.people.templates) if mine else ""
        lines += [filled(template, values | _of(pull, policy, only)) for pull in mine if template]
        called = (_handle(heir, policy), *(_handle(pull.author, policy) for pull in mine))
        handles = () if only else tuple(filter(None, called))
        for part, text in enumerate(_parts(lines), 1):
            mentions = tuple(dict.fromkeys(handle for handle in handles if f"@{handle}" in text))
            yield Message(release.id, event.number, part, to, event.at, text, mentions)


def _room(name: str, values: dict[str, str], one: PullRequest | None, policy: Policy) -> list[str]:
    text = text_of(name, policy.people.templates)
    return [filled(text, values | (_of(one, policy, "") if one else {}))] if text else []


def _concerned(concerns: Concerns, release: Release, one: PullRequest | None) -> tuple[PullRequest, ...]:
    match concerns:
        case Concerns.ONE:
            return (one,) if one else ()
        case Concerns.ALL:
            return tuple(pull for pull in release.pulls if pull.name not in release.gone)
        case Concerns.NOBODY:
            return ()


def _marked(release: Release, policy: Policy, to: str) -> Iterator[Message]:
    for event, found in marks(release, policy):
        for part, mark in enumerate(found, 1):
            text = f"{mark.pull} {mark.state} on {mark.tier}"
            yield Message(release.id, event.number, part, to, event.at, text, mark=mark)


def _values(event: Event, release: Release, policy: Policy) -> dict[str, str]:
    why = clean(event.why)
    return {
        "app": policy.app,
        "release": release.id,
        "step": getattr(event.what, "step", "") or release.step or "the start",
        "who": event.by or "somebody",
        "why": why,
        "because": f": {why}" if why else "",
        "reason": clean(str(getattr(event.what, "reason", "") or why or "no reason given")),
        "pulls": plural(len(release.pulls), "PR"),
        "build": short(release.build.id) if release.build else "",
        "person": getattr(event.what, "person", "") or event.by or "somebody",
        "next": _next(successor(event), policy),
        "until": _time(getattr(event.what, "until", 0.0)),
    }


def _next(heir: str, policy: Policy) -> str:
    handle = _handle(heir, policy)
    return f"@{handle}" if handle else heir or "whoever takes it next"


def _handle(person: str, policy: Policy) -> str:
    """What the channel calls an author, or a person on the rota by their whole name or without the machine."""
    handles = policy.people.handles
    return handles.get(person) or handles.get(person.partition("@")[0], "")


def _is(name: str, person: str) -> bool:
    return bool(person) and name in (person, person.partition("@")[0])


def _time(at: float) -> str:
    return in_utc(at) if at else "further notice"


def _of(pull: PullRequest, policy: Policy, only: str) -> dict[str, str]:
    handle = "" if only else _handle(pull.author, policy)
    return {"pull": pull.name, "title": pull.title, "author": f"@{handle}" if handle else pull.author or "somebody"}


def _parts(lines: list[str]) -> Iterator[str]:
    """The lines as few texts, none longer than a service takes."""
    text = ""
    for line in lines:
        line = line[:LONGEST]
        if text and len(text) + 1 + len(line) > LONGEST:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text


def _state(release: Release) -> str:
    """How the release stands, in a few words."""
    where = f" at {release.step}" if release.step else ""
    if release.end:
        return str(release.end)
    if release.rolled_back:
        return "ROLLED BACK, held"
    if release.held:
        return f"held{where}"
    if release.failure:
        return "in trouble"
    verdict = f", {release.judged.call}" if release.judged and release.step else ""
    return f"{release.step}{verdict}" if release.step else "being made ready"
