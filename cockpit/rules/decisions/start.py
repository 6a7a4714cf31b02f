"""Start a release: the next of the day, or the first build of an empty fleet."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Plan, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, names, plural, short
from cockpit.deploy.tiers import Audience
from cockpit.rules.decisions import preflight
from cockpit.rules.decisions.planner import delay_text, hold_reason
from cockpit.rules.decisions.release_id import next_release_id
from cockpit.rules.deploy_window import window_closed


def start(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Open the next release of the day."""
    if refusal := _cannot_open(snapshot):
        return refusal
    if not snapshot.last_good:
        return Refusal("no build has reached every host yet: `install` the first one")
    if snapshot.ahead_of_store and not snapshot.targets.value:
        return Refusal(f"{_forgotten(snapshot)}: restore its backup")
    main = snapshot.preview.value
    if request.ref == "main" and main and not main.pulls and snapshot.good_releases[-1].commit == main.commit:
        return Refusal(f"main has nothing new since {snapshot.good_releases[-1].id}")
    closed, objections = window_closed(snapshot), preflight.objections(snapshot, request.ref)
    if refusal := preflight.objection_refusal(objections, request, closed.reason if closed else ""):
        return refusal
    known = preflight.current_preview(snapshot, request.ref)
    if known and (bad := _rejected_at(snapshot, known.commit)):
        return Refusal(f"{short(known.commit)} was rejected in {bad}: start a commit with a fix")
    shown = known or (main if request.ref == "main" else None)
    pulls = f" with {plural(len(shown.pulls), 'PR')}" if shown else ""
    overridden = (closed.reason if closed else "", preflight.overridden_text(objections))
    event = facts.Started(
        request.ref,
        snapshot.policy.ladder,
        commit=known.commit if known else "",
        overrode="; ".join(filter(None, overridden)),
    )
    word = closed.word if closed else ""
    return _open(snapshot, event, f"{{}} from {clean(request.ref)}{pulls}", word, preflight.warnings(objections))


def install(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Put the first build on every host of an empty fleet."""
    if refusal := _cannot_open(snapshot):
        return refusal
    if snapshot.last_good:
        return Refusal(f"the fleet already runs {short(snapshot.last_good.id)}: `start` a release")
    if snapshot.ahead_of_store and not (request.override and request.why):
        return Refusal(f"{_forgotten(snapshot)}: restore its backup, or override with a reason to install from scratch")
    return _open(
        snapshot,
        facts.Started(request.ref, snapshot.policy.ladder, install=True),
        f"{{}} from {clean(request.ref)}, to every host at once",
    )


def _cannot_open(snapshot: Snapshot) -> Refusal | None:
    if release := snapshot.open:
        return Refusal(
            f"{release.id} is open{f' at {release.step}' if release.step else ''}: finish or abandon it first"
        )
    if (latest := snapshot.latest) and latest.unsettled_reverts:
        name = latest.unsettled_reverts[0].pull.name
        reason = f"{latest.id} was closed during the revert of {name}: the engine looks whether it was pushed"
        return Refusal(f"{reason}{delay_text(snapshot, latest, name)}; try again in a moment")
    if latest and latest.held and isinstance(back := latest.held.what, facts.RolledBack):
        return Refusal(f"{back.release or latest.id} was rolled back{hold_reason(latest)}: find the cause, then resume")
    return None


def _rejected_at(snapshot: Snapshot, commit: str) -> str:
    """The release whose build of this commit was rejected; empty if none was."""
    log = snapshot.log.value
    builds = (build for release in log.releases for build in release.builds if build.commit == commit)
    return next((log.rejected[build.id] for build in builds if build.id in log.rejected), "")


def _open(
    snapshot: Snapshot, event: facts.Started, title: str, overridden: str = "", warnings: tuple[str, ...] = ()
) -> Plan:
    ident = next_release_id(snapshot)
    tier = event.ladder[0].tier
    first = f"deploy to {tier}, smoke test"
    if snapshot.policy.tier(tier).serves is not Audience.NOBODY:
        first = f"then `advance` takes {tier}, which serves people"
    words = f"cut release/{ident} and tag {ident}, build, {first}"
    if event.install:
        words = f"cut release/{ident} and tag {ident}, build, tell every tier to run it"
    record = AppendEvent(event, f"{words}; record that {overridden} was overridden" if overridden else words)
    log = snapshot.log.value
    verb = "install" if event.install else "start"
    return Plan(f"{verb} {title.format(ident)}", ident, (record,), 0, log.digest, log.current_version, warnings)


def _forgotten(snapshot: Snapshot) -> str:
    return f"{names(snapshot.ahead_of_store)} obeyed targets that the store no longer has"
