"""What may be done now, and what doing it means: snapshot and wish in, plan or refusal out."""

from datetime import UTC, datetime

from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    Call,
    Finished,
    Happened,
    Held,
    Resumed,
    RevertAsked,
    RevertFailed,
    RolledBack,
    Started,
    pull_name,
)
from cockpit.deploy.hosts.pointing import everywhere, next_target, put_back
from cockpit.deploy.keys import release_order
from cockpit.deploy.plan import Ask, Plan, Point, Record, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, names, plural, short
from cockpit.deploy.tiers import label

Decision = Plan | Refusal


def start(snapshot: Snapshot, ask: Ask) -> Decision:
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
    many = f" with {plural(len(main.pulls), 'PR')}" if ask.ref == "main" and main else ""
    return _open(snapshot, Started(ask.ref, snapshot.policy.ladder), f"{{}} from {clean(ask.ref)}{many}")


def install(snapshot: Snapshot, ask: Ask) -> Decision:
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


def advance(snapshot: Snapshot, ask: Ask) -> Decision:
    """Take the next step of the ladder."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: start one")
    if no := _standing(release):
        return no
    if release.complete:
        return Refusal(f"{release.id} is at 100 %: finish it")
    if (tier := release.ladder[release.rung + 1].tier) not in snapshot.fleet:
        return Refusal(f"the ladder of {release.id} names {tier} and the config does not: restore it there or abandon")
    overrode = ""
    verdict = snapshot.verdict
    if verdict.call is Call.ROLL_BACK:
        return Refusal(f"the gate says ROLL BACK: {verdict.reason}")
    if verdict.call is not Call.GO:
        if not ask.override:
            return Refusal(f"the gate says {verdict.call}: {verdict.reason}")
        if not ask.why:
            return Refusal("an override needs a reason: say --why")
        overrode = f"{verdict.call}: {verdict.reason}"
    return step_to(snapshot, release, release.rung + 1, overrode)


def step_to(snapshot: Snapshot, release: Release, rung: int, overrode: str = "") -> Plan:
    """The plan that takes `release`, which has a build, to this rung: the event and its tier's target in one write."""
    build = release.build
    assert build is not None, "a step needs a build"
    assert release.ladder[rung].tier in snapshot.fleet, "a step needs its tier"
    step = release.ladder[rung]
    words = label(release.ladder, rung)
    target = next_target(snapshot, release, step.tier, build.id, step.percent)
    moves = f"point {words} at {short(build.id)}"
    record = Record(
        Advanced(rung, words, build.id, overrode),
        f"record the step{_and_overrode(overrode)}",
    )
    return _plan(snapshot, release, f"advance {release.id} to {words}", record, Point(*target, moves))


def hold(snapshot: Snapshot, ask: Ask) -> Decision:
    """Stop all movement until resumed."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: nothing moves")
    if release.held:
        return Refusal(f"{release.id} is held already by {release.held.by}")
    return _plan(
        snapshot,
        release,
        f"hold {release.id}",
        Record(Held(), "no step is taken until it is resumed; hosts end what they are at"),
    )


def resume(snapshot: Snapshot, ask: Ask) -> Decision:
    """Go on after a hold, a rollback, or something that failed and can be tried again."""
    release = snapshot.latest
    again = _again(snapshot, release) if release and release.end is None else ()
    failed = release is not None and release.end is None and (release.trouble or _smoke_failed(release))
    if release is None or not (release.held or failed or again):
        return Refusal("nothing is held")
    words = "steps may be taken again"
    if release.trouble and isinstance(release.trouble.what, RevertFailed):
        words += f"; it goes on WITH {pull_name(release.trouble.what)} in the build, for its revert failed"
    elif failed:
        words += "; what failed is tried again"
    return _plan(snapshot, release, f"resume {release.id}", *again, Record(Resumed(), words))


def revert(snapshot: Snapshot, ask: Ask) -> Decision:
    """Take a PR out: revert it on main, pick that into the release branch, build, back through the ladder."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: revert it on main by a PR")
    if not (ask.pull or ask.change):
        return Refusal(
            "no PR is chosen: choose one in the list; a commit that no PR claims is reverted on main by hand"
        )
    pull = next((pull for pull in release.pulls if pull.called(ask.pull, ask.change)), None)
    if pull is None:
        return Refusal(
            f"{clean(ask.change) or f'#{ask.pull}'} is not in {release.id}: it has {plural(len(release.pulls), 'PR')}"
        )
    if pull.name in release.gone:
        return Refusal(f"{pull.name} is reverted already")
    if any(asked.pull.name == pull.name for asked in release.reverting):
        return Refusal(f"the revert of {pull.name} is under way")
    back = put_back(snapshot, release)
    withdrawn = tuple(point.target.tier for point in back)
    asked: list[Record] = []
    along = () if ask.resolved else snapshot.rehearsal.value.along(pull, release)
    for one in (*along, pull):
        hotfix = f"{release.id}-hotfix.{release.hotfixes + len(release.reverting) + len(asked) + 1}"
        words = f"revert {one.name} on main, pick it into {release.branch}, tag {hotfix}"
        last = f", build, back to {release.ladder[0].tier if release.ladder else 'the foot'}"
        more = last if one is pull else f": {pull.name} does not come out without it"
        how = ", as it was resolved" if ask.resolved else ""
        asked.append(Record(RevertAsked(one, withdrawn, ask.resolved), words + how + more))
    return _plan(snapshot, release, f"revert {pull.name} {pull.title}", *back, *asked)


def roll_back(snapshot: Snapshot, ask: Ask) -> Decision:
    """Every tier that serves people back to the last good build, at once, whatever the gate says."""
    release = snapshot.latest
    good = [other.builds[-1] for other in snapshot.good if release is None or other.id != release.id]
    if release is None or not good:
        return Refusal("no earlier build has reached every host: there is nothing to go back to")
    build = good[-1]
    points = everywhere(snapshot, release, build.id, snapshot.policy.serving)
    if not points:
        return Refusal(f"every tier that serves people is pointed at {short(build.id)} already")
    event = RolledBack(build.id, tuple(point.target.tier for point in points))
    return _plan(snapshot, release, f"roll back to {short(build.id)}", *points, Record(event, f"hold {release.id}"))


def finish(snapshot: Snapshot, ask: Ask) -> Decision:
    """Close the release: its build is the last good one from now on."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    if no := _standing(release):
        return no
    if not release.complete:
        return Refusal(f"{release.id} is at {release.step}: advance it to 100 % or abandon it")
    verdict, overrode = snapshot.verdict, ""
    if verdict.call is not Call.GO:
        if verdict.call is Call.ROLL_BACK or not (ask.override and ask.why):
            return Refusal(f"the gate says {verdict.call}: {verdict.reason}")
        overrode = f"{verdict.call}: {verdict.reason}"
    build = release.build
    assert build is not None, "a complete release has a build"
    return _plan(
        snapshot,
        release,
        f"finish {release.id}",
        Record(Finished(build.id, overrode), f"{short(build.id)} is the last good build{_and_overrode(overrode)}"),
    )


def abandon(snapshot: Snapshot, ask: Ask) -> Decision:
    """Close the release without finishing it; tiers that serve people with its builds go back."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    back = put_back(snapshot, release)
    event = Record(Abandoned(tuple(point.target.tier for point in back)), f"close {release.id}")
    return _plan(snapshot, release, f"abandon {release.id}", *back, event)


def note(snapshot: Snapshot, release: Release, what: Happened, words: str = "") -> Plan:
    """The plan that records one thing that happened; how the engine tells what came of its work."""
    return _plan(snapshot, release, words or type(what).__name__, Record(what, words))


def _standing(release: Release) -> Refusal | None:
    """Why the release cannot move from where it stands, before any gate is asked."""
    if release.held:
        return Refusal(f"{release.id} is held by {release.held.by}{_because(release)}: resume it first")
    if release.reverting:
        return Refusal(f"the revert of {release.reverting[0].pull.name} is under way")
    if release.trouble and isinstance(failed := release.trouble.what, RevertFailed):
        ways = "revert first what it conflicts with, abandon, or resume and go on with it in the build"
        return Refusal(f"the revert of {pull_name(failed)} failed, see the log: {ways}")
    if release.trouble:
        return Refusal("the last work failed, see the log: resume to try again, revert the PR or abandon")
    if not release.ladder:
        return Refusal(f"the record that opened {release.id} cannot be read: restore it from a backup or abandon")
    if release.build is None:
        return Refusal("the build is being made")
    if release.rung < 0:
        return Refusal(f"{release.ladder[0].tier} comes first and by itself, once an engine runs")
    return None


def _again(snapshot: Snapshot, release: Release) -> tuple[Point, ...]:
    """Points the present step's tier anew where hosts have given its build up: a new serial makes them try again."""
    build = release.build
    if build is None or not 0 <= release.rung < len(release.ladder):
        return ()
    step = release.ladder[release.rung]
    state = snapshot.fleet.get(step.tier)
    if state is None or not state.failed:
        return ()
    words = f"point {step.tier} at {short(build.id)} again: {plural(len(state.failed), 'host')} failed"
    return (Point(*next_target(snapshot, release, step.tier, build.id, step.percent), words),)


def _and_overrode(overrode: str) -> str:
    """The verdict's word, not its numbers: those change while a person reads the confirmation."""
    return f", and that {overrode.partition(':')[0]} was overridden" if overrode else ""


def _because(release: Release) -> str:
    return f" ({release.held.why})" if release.held and release.held.why else ""


def _smoke_failed(release: Release) -> bool:
    return release.smoke is not None and bool(getattr(release.smoke, "reason", ""))


def _forgotten(snapshot: Snapshot) -> str:
    return f"{names(snapshot.forgotten)} obeyed targets that the store has no more"


def _cannot_open(snapshot: Snapshot) -> Refusal | None:
    if release := snapshot.open:
        return Refusal(
            f"{release.id} is open{f' at {release.step}' if release.step else ''}: finish or abandon it first"
        )
    if (latest := snapshot.latest) and latest.held and latest.rolled_back:
        return Refusal(f"{latest.id} was rolled back{_because(latest)}: look into it, then resume")
    return None


def _open(snapshot: Snapshot, event: Started, title: str) -> Plan:
    ident = _next_id(snapshot)
    words = f"cut release/{ident} and tag {ident}, build, deploy to {event.ladder[0].tier}, smoke test"
    if event.install:
        words = f"cut release/{ident} and tag {ident}, build, point every tier at it"
    record = Record(event, words)
    log = snapshot.log.value
    verb = "install" if event.install else "start"
    return Plan(f"{verb} {title.format(ident)}", ident, (record,), 0, log.digest, log.pointer)


def _next_id(snapshot: Snapshot) -> str:
    today = datetime.fromtimestamp(snapshot.now, UTC).date().isoformat()
    latest = release_order(snapshot.latest.id)[0] if snapshot.latest else ""
    day = max(today, latest)  # a clock that was set back must not open a release before the last one
    taken = [
        release_order(release.id)[1] for release in snapshot.log.value.releases if release.id.startswith(f"{day}.")
    ]
    # A store that lost its past must not give a number again whose branch and tag exist: each release has raised the
    # serials that hosts remember.
    floor = max(status.serial for status in snapshot.statuses.value.values()) if snapshot.forgotten else 0
    return f"{day}.{max(taken, default=floor) + 1}"


def _plan(snapshot: Snapshot, release: Release, title: str, *steps: Record | Point) -> Plan:
    return Plan(title, release.id, steps, release.number, snapshot.log.value.digest)
