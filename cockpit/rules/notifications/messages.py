"""From a release's events to every message about it.

The same events give the same messages with the same ids. The undelivered ones are these less the delivered ones, so
nothing has to be remembered between the event and the delivery.
"""

from collections.abc import Iterator

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.outbox import AUTHOR, Message
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import apply
from cockpit.deploy.schedule.time_format import format_utc
from cockpit.deploy.text import clean, names, plural, short
from cockpit.rules.notifications.deployment_marks import deployment_marks
from cockpit.rules.notifications.templates import fill, template_text
from cockpit.rules.notifications.triggers import (
    AUTHOR_PREFIX,
    HEAD,
    TRIGGERS,
    AuthorScope,
    next_person,
    occasion_of,
    subject_pull,
)

FORGE_PREFIX = "forge:"
"""Before the name of a forge, which receives deployment marks and nothing else."""
LONGEST = 1_800
"""Characters of one message, the limit of the strictest service; more lines make more messages."""
UNKNOWN_USER = "an unknown user"


def messages_for(release: Release, policy: Policy, to: str, authors: tuple[str, ...] = ()) -> tuple[Message, ...]:
    """Every message about the release to that destination, oldest first; `authors` have their own destinations."""
    if to.startswith(FORGE_PREFIX):
        return tuple(_forge_messages(release, policy, to))
    only = to.removeprefix(AUTHOR) if to.startswith(AUTHOR) else ""
    return tuple(_people_messages(release, policy, to, only, authors))


def thread_head(release: Release, policy: Policy) -> str:
    """The head message of the release's thread as it should read now. The release must have an event."""
    values = {**_values(release.events[0], release, policy), "state": _state(release)}
    return fill(template_text(HEAD, policy.notifications.templates), values)


def _people_messages(
    release: Release, policy: Policy, to: str, only: str, authors: tuple[str, ...]
) -> Iterator[Message]:
    """Messages to the channel, or to one author if `only` names them."""
    notified: set[tuple[str, str]] = set()
    so_far = Release(release.id)
    for event in release.events:
        so_far = apply(so_far, event)
        occasion = occasion_of(event, so_far, policy)
        if isinstance(event.what, facts.RolledBack):
            # People are notified again when the release comes back to them.
            notified = {pair for pair in notified if pair[0] == "smoke-passed"}
        if (trigger := TRIGGERS.get(occasion)) is None:
            continue
        values = _values(event, so_far, policy)
        subject, successor = subject_pull(event, so_far), next_person(event)
        lines = _channel_lines(occasion, values, subject, policy) if not only or _is(only, successor) else []
        pulls = [
            pull
            for pull in _pulls_in_scope(trigger.scope, so_far, subject)
            if trigger.scope is AuthorScope.ONE
            or ((occasion, pull.name) not in notified and _subject_release(event, so_far) == so_far.id)
        ]
        notified |= {(occasion, pull.name) for pull in pulls}
        mine = [pull for pull in pulls if (pull.author == only if only else pull.author not in authors)]
        template = template_text(f"{AUTHOR_PREFIX}{occasion}", policy.notifications.templates) if mine else ""
        lines += [fill(template, values | _pull_values(pull, policy, only)) for pull in mine if template]
        named = (_handle(successor, policy), *(_handle(pull.author, policy) for pull in mine))
        handles = () if only else tuple(filter(None, named))
        for part, text in enumerate(_parts(lines), 1):
            mentions = tuple(dict.fromkeys(handle for handle in handles if f"@{handle}" in text))
            yield Message(release.id, event.number, part, to, event.at, text, mentions)


def _channel_lines(occasion: str, values: dict[str, str], subject: PullRequest | None, policy: Policy) -> list[str]:
    text = template_text(occasion, policy.notifications.templates)
    return [fill(text, values | (_pull_values(subject, policy, "") if subject else {}))] if text else []


def _pulls_in_scope(scope: AuthorScope, release: Release, subject: PullRequest | None) -> tuple[PullRequest, ...]:
    match scope:
        case AuthorScope.ONE:
            return (subject,) if subject else ()
        case AuthorScope.ALL:
            return tuple(pull for pull in release.pulls if pull.name not in release.reverted_names)
        case AuthorScope.NONE:
            return ()


def _forge_messages(release: Release, policy: Policy, to: str) -> Iterator[Message]:
    for event, marks in deployment_marks(release, policy):
        for part, mark in enumerate(marks, 1):
            text = f"{mark.pull} {mark.state} on {mark.tier}"
            yield Message(release.id, event.number, part, to, event.at, text, mark=mark)


def _values(event: Event, release: Release, policy: Policy) -> dict[str, str]:
    """The values of `templates.ALWAYS`."""
    why = clean(event.why)
    return {
        "app": policy.app,
        "release": _subject_release(event, release),
        "step": _step(event) or release.step or "the start",
        "who": event.by or UNKNOWN_USER,
        "why": why,
        "because": f": {why}" if why else "",
        "reason": clean(_reason(event) or why or "no reason given"),
        "pulls": plural(len(release.pulls), "PR"),
        "build": short(release.build.id) if release.build else "",
        "person": _person(event) or event.by or UNKNOWN_USER,
        "next": _next(next_person(event), policy),
        "until": _until(event),
    }


def _step(event: Event) -> str:
    match event.what:
        case facts.Advanced(step=step):
            return step
        case _:
            return ""


def _reason(event: Event) -> str:
    match event.what:
        case (
            facts.CutFailed(reason=reason)
            | facts.BuildFailed(reason=reason)
            | facts.SmokeFailed(reason=reason)
            | facts.RevertFailed(reason=reason)
            | facts.HostFailed(reason=reason)
            | facts.Judged(reason=reason)
            | facts.Suspected(reason=reason)
            | facts.Unreadable(reason=reason)
        ):
            return reason
        case facts.Reverted(remaining=remaining):
            return names(remaining)
        case facts.Regressed(call=call, reason=reason):
            return f"{call}: {reason}"
        case _:
            return ""


def _subject_release(event: Event, release: Release) -> str:
    """The release that the event is about: that of the log, unless the event names an earlier one."""
    match event.what:
        case facts.RolledBack(release=other) | facts.Rejected(release=other) | facts.Regressed(release=other):
            return other or release.id
        case _:
            return release.id


def _person(event: Event) -> str:
    match event.what:
        case facts.CommanderLost(person=person):
            return person
        case _:
            return ""


def _until(event: Event) -> str:
    match event.what:
        case facts.Frozen(until=until) if until:
            return format_utc(until)
        case _:
            return "further notice"


def _next(person: str, policy: Policy) -> str:
    handle = _handle(person, policy)
    return f"@{handle}" if handle else person or "the next person who takes over"


def _handle(person: str, policy: Policy) -> str:
    """The channel's handle of an author, or of a person on the rota, with or without the host."""
    handles = policy.notifications.handles
    return handles.get(person) or handles.get(person.partition("@")[0], "")


def _is(name: str, person: str) -> bool:
    return bool(person) and name in (person, person.partition("@")[0])


def _pull_values(pull: PullRequest, policy: Policy, only: str) -> dict[str, str]:
    """The values of `templates.OF_A_PULL`."""
    handle = "" if only else _handle(pull.author, policy)
    author = f"@{handle}" if handle else pull.author or UNKNOWN_USER
    return {"pull": pull.name, "title": pull.title, "author": author}


def _parts(lines: list[str]) -> Iterator[str]:
    """The lines in as few texts as possible, none longer than `LONGEST`."""
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
    """The state of the release, in a few words."""
    position = f" at {release.step}" if release.step else ""
    if release.end:
        return str(release.end)
    if release.rolled_back:
        return "ROLLED BACK, held" if release.held else "rolled back, resumed"
    if release.held:
        return f"held{position}"
    if release.failures:
        return "failed"
    verdict = f", {release.last_verdict.call}" if release.last_verdict and release.step else ""
    return f"{release.step}{verdict}" if release.step else "preparing"
