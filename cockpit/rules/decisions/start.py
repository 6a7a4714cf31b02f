"""Opening a release: the next of the day, or the first build of an empty fleet."""

from cockpit.deploy.facts import (
    Started,
)
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Plan, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, names, plural, short
from cockpit.rules.decisions import preflight
from cockpit.rules.decisions.planner import hold_reason
from cockpit.rules.decisions.release_id import next_release_id
from cockpit.rules.deploy_window import closed


def start(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Open the next release of the day."""
    if no := _cannot_open(snapshot):
        return no
    if not snapshot.last_good:
        return Refusal("no build has reached every host yet: `install` the first one")
    if snapshot.forgotten and not snapshot.targets.value:
        return Refusal(f"{_forgotten(snapshot)}: restore its backup")
    main = snapshot.main.value
    if ask.ref == "main" and main and not main.pulls and snapshot.good[-1].commit == main.commit:
        return Refusal(f"main has nothing new since {snapshot.good[-1].id}")
    shut, against = closed(snapshot), preflight.objections(snapshot, ask.ref)
    if no := preflight.refused(against, ask, shut.reason if shut else ""):
        return no
    known = preflight.answered(snapshot, ask.ref)
    shown = known or (main if ask.ref == "main" else None)
    many = f" with {plural(len(shown.pulls), 'PR')}" if shown else ""
    over = "; ".join(filter(None, (shut.reason if shut else "", preflight.overrode(against))))
    event = Started(ask.ref, snapshot.policy.ladder, commit=known.commit if known else "", overrode=over)
    word = shut.word if shut else ""
    return _open(snapshot, event, f"{{}} from {clean(ask.ref)}{many}", word, preflight.warnings(against))


def install(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Put the first build on every host of an empty fleet."""
    if no := _cannot_open(snapshot):
        return no
    if snapshot.last_good:
        return Refusal(f"the fleet runs {short(snapshot.last_good.id)} already: `start` a release")
    if snapshot.forgotten and not (ask.override and ask.why):
        return Refusal(f"{_forgotten(snapshot)}: restore its backup, or override with a reason to begin anew")
    return _open(
        snapshot,
        Started(ask.ref, snapshot.policy.ladder, install=True),
        f"{{}} from {clean(ask.ref)}, to every host at once",
    )


def _cannot_open(snapshot: Snapshot) -> Refusal | None:
    if release := snapshot.open:
        return Refusal(
            f"{release.id} is open{f' at {release.step}' if release.step else ''}: finish or abandon it first"
        )
    if (latest := snapshot.latest) and latest.held and latest.rolled_back:
        return Refusal(f"{latest.id} was rolled back{hold_reason(latest)}: look into it, then resume")
    return None


def _open(snapshot: Snapshot, event: Started, title: str, overrode: str = "", warnings: tuple[str, ...] = ()) -> Plan:
    ident = next_release_id(snapshot)
    words = f"cut release/{ident} and tag {ident}, build, deploy to {event.ladder[0].tier}, smoke test"
    if event.install:
        words = f"cut release/{ident} and tag {ident}, build, point every tier at it"
    record = AppendEvent(event, f"{words}; record that {overrode} was overridden" if overrode else words)
    log = snapshot.log.value
    verb = "install" if event.install else "start"
    return Plan(f"{verb} {title.format(ident)}", ident, (record,), 0, log.digest, log.pointer, warnings)


def _forgotten(snapshot: Snapshot) -> str:
    return f"{names(snapshot.forgotten)} obeyed targets that the store has no more"
