"""Snapshots for tests: a small fleet in every state that views and the screen must show."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from msgspec.structs import replace as replace_fields

from cockpit.deploy.builds.build import Build
from cockpit.deploy.cutoff import cutoff
from cockpit.deploy.events import Event, digest, encode
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AnyFact,
    BuildReady,
    Call,
    Cut,
    Finished,
    Frozen,
    HostFailed,
    Judged,
    RevertAsked,
    Reverted,
    RolledBack,
    SmokePassed,
    Started,
)
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.gate.verdict import Verdict
from cockpit.deploy.hosts.status import HostState, Pulling, Status, Swap, Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import Preview
from cockpit.deploy.policy import GatePolicy, Policy
from cockpit.deploy.pulls.diff import FileDiff, PullDiff
from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Judgement, Log, Seen, Snapshot, StoredTarget
from cockpit.deploy.tiers import Audience, Step, Tier

NOW = 1_795_437_296.0
"""2026-11-23 12:34:56 UTC."""
ADA = "ada@box"
DAY = "2026-11-23"
OLD = Build("0ld5eed" + "0" * 57, "c0ffee" + "0" * 34, 40_000, 12)
NEW = Build("9ea7b0b" + "1" * 57, "decade" + "1" * 34, 41_000, 13)
FIXED = Build("f1cedbe" + "2" * 57, "facade" + "2" * 34, 41_000, 13)

TIERS = (
    Tier("staging", Audience.NOBODY, ("stage-1",)),
    Tier("dogfood", Audience.COMPANY, ("dog-1", "dog-2")),
    Tier("canary", Audience.PUBLIC, ("canary-1",)),
    Tier("production", Audience.PUBLIC, tuple(f"web-{n:02d}" for n in range(1, 11))),
)
LADDER = (
    Step("staging", 100, 0.0),
    Step("dogfood", 100, 20.0),
    Step("canary", 100, 60.0),
    *(Step("production", percent, 30.0) for percent in (10, 25, 50, 75, 100)),
)
POLICY = Policy("webapp", TIERS, LADDER, GatePolicy())


def pull(
    number: int, title: str, author: str = "Grace Hopper", how: MergeMethod = MergeMethod.SQUASH, files: int = 2
) -> PullRequest:
    """A PR of one commit."""
    paths = tuple(f"app/part_{number}_{index}.py" for index in range(files))
    return PullRequest(number, title, author, how, (f"{number:040x}",), paths, NOW - 7200 + number)


PULLS = (
    pull(31, "Cache the price list for a minute", "Ada Lovelace", MergeMethod.MERGE),
    pull(32, "Fix the total when a cart is empty", "Grace Hopper"),
    pull(33, "Search by several words at once", "Barbara Liskov", MergeMethod.REBASE, 5),
    pull(34, "Show delivery dates in the local calendar", "Edsger Dijkstra", MergeMethod.MERGE, 1),
    pull(35, "Log slow queries", "Margaret Hamilton"),
    pull(36, "商品一覧の並び順を直す", "山田太郎"),
    pull(37, "Handle [/api/v1] routes with a trailing slash", "Ken Thompson", MergeMethod.MERGE, 3),
    pull(38, "Upgrade the template engine", "Radia Perlman", files=11),
)
_HUNK = (
    "@@ -12,7 +12,9 @@ def prices(shop: str) -> list[Price]:",
    '     """The list as the shop has it."""',
    "-    return load(shop)",
    "+    kept = cache.get(shop)",
    "+    if kept is None or kept.at < now() - 60:  # a minute",
    '+        kept = cache.put(shop, load(shop), note="fresh")',
    "+    return kept",
    " ",
    " ",
)
CHANGE = PullDiff(
    ("The list was asked for on every page and took 40 ms each time.", "", "Kept for a minute; see the dashboard."),
    ("Cache the price list", "Test it"),
    (
        FileDiff("app/prices.py", "", 4, 1, _HUNK),
        FileDiff("app/list.js", "app/prices.js", 1, 1, ("@@ -1 +1 @@", '-const ttl = 0;', '+const ttl = 60; // "s"')),
        FileDiff("logo.png", omitted="binary"),
    ),
)  # fmt: skip
"""The diff of the first PR."""

HOSTILE = (
    pull(41, "[@click=app.rollback]innocent[/]", "mal[bold]lory[/]"),
    pull(42, "\x1b[2J\x1b]52;c;cm0gLXJmIC8=\x07wipe\u202e the screen", "eve\x9b31m"),
    pull(43, "handle [/api/v1] route [WIP]"),
    pull(44, "z\u0301\u0302\u0303\u0304\u0305\u0306algo ❤\ufe0f\ufe0f " + "long " * 80),
)


def events(*facts: AnyFact | tuple[AnyFact, str, str], before: float = 3.0, every: float = 9.0) -> tuple[Event, ...]:
    """Return facts as events that end `before` seconds ago, `every` seconds apart.

    A fact may come as (fact, by, why); the default is the engine without a reason.
    """
    log: list[Event] = []
    prev = ""
    for number, fact in enumerate(facts, 1):
        what, by, why = fact if isinstance(fact, tuple) else (fact, "engine", "")
        at = NOW - before - (len(facts) - number) * every
        event = Event(number, at, by, why, what, prev)
        prev = digest(encode(event))
        log.append(event)
    return tuple(log)


def facts_to_staging(
    release: str, pulls: tuple[PullRequest, ...] = PULLS
) -> tuple[AnyFact | tuple[AnyFact, str, str], ...]:
    """Return the facts from the start of a release to the passed smoke test on staging."""
    branch = f"release/{release}"
    return (
        (Started("main", LADDER), ADA, ""),
        Cut(branch, release, NEW.commit, OLD.commit, pulls),
        BuildReady(NEW, release, 4.0),
        Advanced(0, "staging", NEW.id),
        SmokePassed(NEW.id, 2.0),
    )


def finished_release() -> Release:
    """Return yesterday's release, finished: its build is the last good one."""
    facts = (
        (Started("main", LADDER), ADA, ""),
        Cut("release/2026-11-22.4", "2026-11-22.4", OLD.commit, "", PULLS[:2]),
        BuildReady(OLD, "2026-11-22.4", 3.0),
        Finished(OLD.id),
    )
    return fold("2026-11-22.4", events(*facts, before=70_000.0))


def target(tier: str, build: Build, percent: int = 100, base: Build = OLD) -> StoredTarget:
    """Return a tier's target with a real cutoff."""
    hosts = next(t.hosts for t in TIERS if t.name == tier)
    salt = f"{DAY}.3"
    return StoredTarget(Target(tier, 4, build.id, base.id, cutoff(salt, hosts, percent), percent, salt, salt), 7)


def status(host: str, tier: str, build: Build, state: HostState = HostState.SERVING, age: float = 1.0) -> Status:
    """Return a host's status, reported `age` seconds ago."""
    in_state = 40 if state is HostState.SERVING else 4
    return Status(host, tier, state, NOW - age, NOW - age - in_state, build.id, url=f"http://{host}")


def statuses(targets: Iterable[StoredTarget]) -> dict[str, Status]:
    """Return the status of every host, each serving the build its target names."""
    by_tier = {stored.target.tier: stored.target for stored in targets}
    builds = {build.id: build for build in (OLD, NEW, FIXED)}
    return {
        host: status(host, tier.name, builds[by_tier[tier.name].wants(host)])
        for tier in TIERS
        if tier.name in by_tier
        for host in tier.hosts
    }


def traffic(
    new: dict[str, tuple[int, int]], old: dict[str, tuple[int, int]], missing: tuple[str, ...] = (), fresh: Build = NEW
) -> Seen[Traffic]:
    """Return two minutes of samples.

    `new` and `old` map a tier to (requests of each sample, one failure in so many requests; 0 for none). The new build
    has traffic in the last 40 seconds only.
    """
    samples = []
    for index in range(60):
        at = NOW - 120 + index * 2 + 1
        counts = {}
        for build, rates, since in ((OLD, old, 0), (fresh, new, 40)):
            for tier, (requests, one_in) in rates.items():
                if index >= since:
                    failed = sum((index * requests + n) % one_in == 0 for n in range(requests)) if one_in else 0
                    counts[(tier, build.id)] = Count(requests, failed)
        samples.append(Sample(at, counts, missing))
    return Seen(Traffic(tuple(samples)), NOW - 1)


def judged(
    release: Release, call: Call, reason: str, new: Count | None, control: Count | None
) -> Seen[Judgement | None]:
    """Return the engine's judgement of the present step."""
    build = release.build.id if release.build else ""
    verdict = Verdict(call, reason)
    soak = release.ladder[release.rung].soak
    watched, step = NOW - release.since, release.step_number
    judgement = Judgement(NOW - 1, release.id, release.rung, build, verdict, new, control, watched, soak, step)
    return Seen(judgement, NOW - 1)


def snapshot_of(release: Release | None, targets: tuple[StoredTarget, ...], **slices: object) -> Snapshot:
    """Return a snapshot in which every source was read a moment ago."""
    releases = (finished_release(), release) if release else (finished_release(),)
    tail = digest(encode(releases[-1].events[-1]))
    snapshot = Snapshot(
        POLICY,
        NOW,
        log=Seen(Log(releases, tail, 3), NOW - 2),
        targets=Seen({stored.target.tier: stored for stored in targets}, NOW - 2),
        statuses=Seen(statuses(targets), NOW - 1),
        engine=Seen(Holder("engine@box"), NOW - 1),
        commander=Seen(Holder(ADA, NOW - 600), NOW - 1),
        preview=Seen(Preview(NEW.commit, PULLS), NOW - 5),
        traffic=traffic({}, {"dogfood": (20, 0), "canary": (10, 0), "production": (400, 800)}),
    )
    return replace(snapshot, **slices)  # type: ignore[arg-type]


def idle() -> Snapshot:
    """Between releases: eight unreleased PRs on main."""
    return snapshot_of(None, tuple(target(tier.name, OLD) for tier in TIERS))


def at_canary(pulls: tuple[PullRequest, ...] = PULLS) -> Snapshot:
    """All is well at canary; the gate says GO."""
    facts = (
        *facts_to_staging(f"{DAY}.3", pulls),
        Advanced(1, "dogfood", NEW.id),
        (Advanced(2, "canary", NEW.id), ADA, ""),
    )
    release = fold(f"{DAY}.3", events(*facts, before=42.0))
    reason = "canary 0.10 % (1 of 1,000) over 42 s vs old hosts 0.12 % (10 of 8,000)"
    targets = (*(target(t, NEW) for t in ("staging", "dogfood", "canary")), target("production", OLD))
    return snapshot_of(
        release,
        targets,
        judgement=judged(release, Call.GO, reason, Count(1000, 1), Count(8000, 10)),
        traffic=traffic({"dogfood": (20, 0), "canary": (10, 100)}, {"dogfood": (20, 0), "production": (400, 800)}),
    )


def soaking() -> Snapshot:
    """At canary during its soak: the gate says WAIT, which may be overridden."""
    base = at_canary()
    assert base.open is not None
    judgement = judged(base.open, Call.WAIT, "soaking, 18 s of 60 s left", Count(1000, 1), Count(8000, 10))
    return replace(base, judgement=judgement)


def at_production(percent: int = 25) -> Snapshot:
    """A quarter of production has the new build as its target; one host drains, one is silent."""
    rung = next(i for i, step in enumerate(LADDER) if step.tier == "production" and step.percent == percent)
    facts = [*facts_to_staging(f"{DAY}.3"), Advanced(1, "dogfood", NEW.id), Advanced(2, "canary", NEW.id)]
    facts += [(Advanced(n, f"production {LADDER[n].percent} %", NEW.id), ADA, "") for n in range(3, rung + 1)]
    release = fold(f"{DAY}.3", events(*facts, before=12.0))
    targets = (*(target(t, NEW) for t in ("staging", "dogfood", "canary")), target("production", NEW, percent))
    hosts = statuses(targets)
    hosts["web-03"] = status("web-03", "production", OLD, HostState.DRAINING)
    hosts["web-07"] = status("web-07", "production", OLD, age=95.0)
    rates = {"dogfood": (20, 0), "canary": (10, 100), "production": (100, 500)}
    silent = "1 host silent: web-07 (95 s); check them or override"
    return snapshot_of(
        release,
        targets,
        statuses=Seen(hosts, NOW - 1),
        judgement=judged(release, Call.WAIT, silent, Count(900, 2), Count(9000, 10)),
        traffic=traffic(rates, {"production": (300, 800)}, missing=("web-07",)),
    )


def pulling() -> Snapshot:
    """Production at 100 %: some hosts have the new build, some pull it, one without a known size."""
    scene = at_production(100)
    hosts = dict(scene.statuses.value)
    for number, host in enumerate(TIERS[3].hosts):
        if number < 3:
            swap = Swap(NEW.id, NOW - 20, 4.0 + number, 0.0031)
            hosts[host] = replace_fields(status(host, "production", NEW), cold=(OLD.id,), swap=swap)
        elif number < 8:
            pulled = Pulling(NEW.id, NOW - 5, 1_200_000 * number, 0 if number == 7 else 10_000_000)
            hosts[host] = replace_fields(status(host, "production", OLD, HostState.PULLING), pulling=pulled)
    hosts["web-09"] = replace_fields(
        status("web-09", "production", OLD, HostState.FAILED), detail="health: 503", failed=NEW.id
    )
    hosts["web-10"] = status("web-10", "production", OLD, age=95.0)
    return replace(scene, statuses=Seen(hosts, NOW - 1))


def hold_at_dogfood() -> Snapshot:
    """The new build fails at dogfood: the gate says HOLD."""
    reason = "dogfood 8.00 % (32 of 400) over 38 s vs old hosts 0.12 % (10 of 8,000), 64.0x; perhaps chance, not likely"
    facts = (
        *facts_to_staging(f"{DAY}.3"),
        (Advanced(1, "dogfood", NEW.id), ADA, ""),
        Judged(1, NEW.id, Call.HOLD, reason),
    )
    release = fold(f"{DAY}.3", events(*facts, before=4.0, every=30.0))
    targets = (*(target(t, NEW) for t in ("staging", "dogfood")), *(target(t, OLD) for t in ("canary", "production")))
    return snapshot_of(
        release,
        targets,
        judgement=judged(release, Call.HOLD, reason, Count(400, 32), Count(8000, 10)),
        traffic=traffic({"dogfood": (20, 12)}, {"dogfood": (20, 0), "canary": (10, 0), "production": (400, 800)}),
    )


def reverting() -> Snapshot:
    """A hotfix under way: #33 is being reverted, dogfood is back on the old build."""
    before = hold_at_dogfood()
    assert before.open is not None
    facts: list[AnyFact | tuple[AnyFact, str, str]] = [(e.what, e.by, e.why) for e in before.open.events]
    asked = (RevertAsked(PULLS[2], ("dogfood",)), ADA, "search fails on dogfood")
    release = fold(f"{DAY}.3", events(*facts, asked))
    targets = (target("staging", NEW), *(target(t, OLD) for t in ("dogfood", "canary", "production")))
    return snapshot_of(release, targets, traffic=before.traffic, judgement=before.judgement)


def hotfixed() -> Snapshot:
    """The hotfix is built and on staging; #33 is reverted."""
    before = reverting()
    assert before.open is not None
    tag = f"{DAY}.3-hotfix.1"
    facts: list[AnyFact | tuple[AnyFact, str, str]] = [(e.what, e.by, e.why) for e in before.open.events]
    facts += [Reverted(33, ("a" * 40,), (FIXED.commit,), tag), BuildReady(FIXED, tag, 4.0)]
    facts += [Advanced(0, "staging", FIXED.id)]
    release = fold(f"{DAY}.3", events(*facts))
    targets = (target("staging", FIXED), *(target(t, OLD) for t in ("dogfood", "canary", "production")))
    judgement = judged(release, Call.WAIT, "smoke test running", None, None)
    return snapshot_of(release, targets, traffic=before.traffic, judgement=judgement)


def rolled_back() -> Snapshot:
    """Production failed at 10 %: every serving tier is back on the last good build."""
    facts = (
        *facts_to_staging(f"{DAY}.3"),
        Advanced(1, "dogfood", NEW.id),
        Advanced(2, "canary", NEW.id),
        (Advanced(3, "production 10 %", NEW.id), ADA, ""),
        (RolledBack(OLD.id, ("dogfood", "canary", "production")), ADA, "checkout fails"),
    )
    release = fold(f"{DAY}.3", events(*facts, before=8.0))
    targets = (target("staging", NEW), *(target(t, OLD) for t in ("dogfood", "canary", "production")))
    rates = {"dogfood": (20, 0), "canary": (10, 9), "production": (40, 8)}
    return snapshot_of(release, targets, traffic=traffic(rates, {"production": (360, 800)}))


def no_data() -> Snapshot:
    """At canary without counters and without an engine."""
    base = at_canary()
    return replace(
        base,
        judgement=Seen(None, NOW - 2),
        engine=Seen(Holder(), NOW - 1),
        traffic=Seen(Traffic(), 0.0, "counters: no host answered; see whether their agents run"),
    )


def host_failed() -> Snapshot:
    """A host of canary refuses the build."""
    base = at_canary()
    assert base.open is not None
    refused = HostFailed("canary-1", NEW.id, "health check: 503\nTraceback: no module named shop")
    facts: list[AnyFact | tuple[AnyFact, str, str]] = [(e.what, e.by, e.why) for e in base.open.events]
    release = fold(f"{DAY}.3", events(*facts, refused))
    hosts = dict(base.statuses.value)
    hosts["canary-1"] = Status(
        "canary-1", "canary", HostState.FAILED, NOW - 1, NOW - 9, OLD.id, failed=NEW.id, detail="health check: 503"
    )
    judgement = judged(release, Call.HOLD, "1 host refused the build: canary-1: health check: 503", None, None)
    return snapshot_of(release, tuple(base.targets.value.values()), statuses=Seen(hosts, NOW - 1), judgement=judgement)


SLOTS = (
    "breakfast", "first", "second", "brunch", "third", "lunch", "nap", "fourth", "tea", "fifth", "sixth", "last",
)  # fmt: skip
CALENDAR = Calendar(
    "Europe/Berlin",
    (*(TimeSpan(540, 1020),) * 4, TimeSpan(540, 780), None, None),
    tuple((name, TimeSpan(540 + number * 40, 580 + number * 40)) for number, name in enumerate(SLOTS)),
    {date(2026, 11, 25): "a holiday"},
)
"""Twelve slots on a long day, six on a Friday."""


def in_the_day(scene: Snapshot | None = None) -> Snapshot:
    """The middle of a deploy day with a calendar and a rota of three: four releases before the open one."""
    base = scene or at_canary()
    release = base.latest
    assert release is not None
    hotfix = Reverted(32, ("a" * 40,), (FIXED.commit,), "t")
    earlier: tuple[tuple[float, tuple[AnyFact, ...]], ...] = (
        (16_000, (Finished(NEW.id),)),
        (14_000, (hotfix, BuildReady(FIXED, "t", 3.0), Finished(FIXED.id))),
        (9_000, (RolledBack(OLD.id, ("production",)), Abandoned())),
        (7_000, (Abandoned(),)),
    )
    before = tuple(
        fold(f"2026-11-22.1{number}", events(*facts_to_staging(f"2026-11-22.1{number}")[:3], *facts, before=ago))
        for number, (ago, facts) in enumerate(earlier)
    )
    policy = replace_fields(base.policy, calendar=CALENDAR, rota=Rota(("ada", "bob@desk", "cy")))
    log = replace(base.log.value, releases=(finished_release(), *before, release))
    return replace(base, policy=policy, log=Seen(log, NOW - 2))


def frozen() -> Snapshot:
    """The same day, seen from India, frozen by another commander."""
    base = at_canary()
    assert base.open is not None
    facts: list[AnyFact | tuple[AnyFact, str, str]] = [(e.what, e.by, e.why) for e in base.open.events]
    facts += [(Frozen(NOW + 5000), "bob@desk", "billing moves house")]
    release = fold(f"{DAY}.3", events(*facts))
    snapshot = in_the_day(replace(base, log=Seen(Log((release,), digest(encode(release.events[-1])), 3), NOW - 2)))
    return replace(snapshot, zone="Asia/Kolkata")


def empty() -> Snapshot:
    """A fleet without a release; one production host has reported."""
    host = Status("web-01", "production", HostState.EMPTY, NOW - 1, NOW - 60)
    return Snapshot(POLICY, NOW, log=Seen(Log(), NOW - 1), statuses=Seen({"web-01": host}, NOW - 1))


def setting_up() -> Snapshot:
    """The first seconds of a demo: set-up in progress."""
    words = "making a repository with 40 PRs\nbuilding the first release\nstarting 14 hosts: 6 of 14 answer"
    return Snapshot(POLICY, NOW, startup=Seen(words, NOW - 1))


def hostile() -> Snapshot:
    """Every untrusted text is an attack."""
    base = at_canary(HOSTILE)
    hosts = dict(base.statuses.value)
    bad = "[red]evil[/]\x1b[2J"
    hosts["canary-1"] = Status("canary-1", "canary", HostState.FAILED, NOW, NOW, OLD.id, failed=NEW.id, detail=bad)
    return replace(base, statuses=Seen(hosts, NOW - 1, bad), engine=Seen(Holder("[link=x]engine[/]\x07"), NOW))


SCENES = {
    "idle": idle,
    "at canary": at_canary,
    "soaking": soaking,
    "at production": at_production,
    "pulling": pulling,
    "hold at dogfood": hold_at_dogfood,
    "reverting": reverting,
    "hotfixed": hotfixed,
    "rolled back": rolled_back,
    "no data": no_data,
    "host failed": host_failed,
    "in the day": in_the_day,
    "frozen": frozen,
    "empty": empty,
    "setting up": setting_up,
    "hostile": hostile,
}
"""Every scene by its name."""
