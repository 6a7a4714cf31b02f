"""The draft of a post-mortem: everything on record about a release, and questions for people to answer.

A value that is not on record is `unknown`; the draft does not estimate.
"""

from collections.abc import Sequence

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.reviews import Reviews
from cockpit.deploy.record.traffic_pages import TrafficPage, buckets
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.time_format import to_utc
from cockpit.deploy.text import clean_lines, duration, percent, plural, short
from cockpit.rules.record.incidents import Incident, incidents
from cockpit.rules.record.past_verdicts import verdicts_at_decisions
from cockpit.views import event_log
from cockpit.views.report.blocks import Block, Document, Paragraph, ReportImage, Section, Table
from cockpit.views.report.charts import chart_marks, drawings
from cockpit.views.report.svg import MAX_MARKS, svg

UNKNOWN = "unknown"
QUESTIONS = ("What went well?", "What went wrong?", "Where were we lucky?", "What will be done, by whom, until when?")


def draft(release: Release, policy: Policy, pages: Sequence[TrafficPage], reviews: Reviews) -> Document:
    """Return the document for one release."""
    withdrawn = incidents(release, policy, pages)
    return Document(
        f"{policy.app} {release.id}: {_ended(release)}",
        (
            Section("Summary", (Paragraph(_summary(release, withdrawn)), _key_facts(release))),
            Section("Impact", _impact(withdrawn)),
            Section("Timeline (UTC)", (_timeline(release),)),
            Section("Charts", _charts(release, policy, pages)),
            Section("Overrides", _overridden(release)),
            Section("Pull requests", (_pulls(release, reviews),) if release.pulls else (Paragraph("none"),)),
            Section("Hosts", _hosts(release, policy, pages)),
            Section("To be filled in", tuple(Paragraph(question) for question in QUESTIONS)),
        ),
    )


def harm_text(incident: Incident) -> str:
    """Return `38 (40 errors in 160 requests)`, or `unknown` with the reason."""
    if not incident.since:
        return "0: no serving tier was told to run it"
    if incident.harm is None:
        return f"{UNKNOWN}: its traffic is not on record"
    counted = incident.harm.counted
    of = f"{plural(counted.errors, 'error')} in {plural(counted.requests, 'request')}"
    if incident.harm.excess_errors is None:
        return f"{UNKNOWN}: {of}, and no other build to compare with"
    return f"{'at least ' if incident.harm.at_least else ''}{incident.harm.excess_errors:,} ({of})"


def _summary(release: Release, withdrawn: Sequence[Incident]) -> str:
    opened = release.events[0]
    how = _ended(release) if release.end or release.rolled_back else "is still open"
    text = f"{release.id} was opened by {opened.by} with {plural(len(release.pulls), 'PR')} and {how}"
    text += f" after {duration(release.settled_at - opened.at)}" if release.end else ""
    if not withdrawn:
        return f"{text}. No build was withdrawn."
    first = withdrawn[0]
    step = first.step or "no step"
    return f"{text}. {plural(len(withdrawn), 'build')} withdrawn; the first at {step}: {_line(first.detected_by)}"


def _key_facts(release: Release) -> Table:
    last = release.builds[-1] if release.builds else None
    rows = [
        ("release", release.id), ("ref", release.ref), ("branch", release.branch or UNKNOWN),
        ("opened", f"{_when(release.events[0].at)} by {release.events[0].by}"),
        ("last event", _when(release.events[-1].at)), ("outcome", _ended(release)),
        ("last build", f"{short(last.id)} of {short(last.commit)}" if last else "none"),
        ("hotfixes", str(release.hotfixes)),
    ]  # fmt: skip
    return Table(("", ""), tuple(rows))


def _impact(withdrawn: Sequence[Incident]) -> tuple[Block, ...]:
    if not withdrawn:
        return (Paragraph("No build was withdrawn."),)
    rows = tuple(
        (
            f"{short(incident.build)} at {incident.step or 'no step'}",
            harm_text(incident),
            _length(incident.time_to_detect, incident),
            _length(incident.time_to_restore, incident),
            f"{_when(incident.remedy.at)} by {incident.remedy.by}",
        )
        for incident in withdrawn
    )
    basis = (
        f"{short(incident.build)}: times count from {_when(incident.errors_began or incident.since)}, "
        f"{'the first errors on record' if incident.errors_began else 'its first step (no errors on record)'}."
        for incident in withdrawn
        if incident.errors_began or incident.since
    )
    head = ("build", "excess errors", "time to detect", "time to restore", "remedy")
    return (Table(head, rows), *(Paragraph(text) for text in basis))


def _length(seconds: float | None, incident: Incident) -> str:
    if seconds is not None:
        return duration(seconds)
    return UNKNOWN if incident.since else "no serving tier ran it"


def _timeline(release: Release) -> Table:
    verdicts = verdicts_at_decisions(release)
    rows = tuple(
        (_when(event.at) if event.at else UNKNOWN, event.by, _line(event), event.why, verdicts.get(event.number, ""))
        for event in release.events
    )
    return Table(("when", "who", "what", "why", "verdict"), rows)


def _charts(release: Release, policy: Policy, pages: Sequence[TrafficPage]) -> tuple[Block, ...]:
    drawn = drawings(release, policy, tuple(buckets(pages)))
    if not drawn:
        return (Paragraph("No traffic of this release is on record."),)
    marks = tuple(
        (str(number), _when(at), what) for number, (at, what) in enumerate(chart_marks(release)[:MAX_MARKS], 1)
    )
    images = (ReportImage(f"{release.id}-{tier}", drawing.title, svg(drawing)) for tier, drawing in drawn)
    return (*images, Table(("mark", "when", "what"), marks))


def _overridden(release: Release) -> tuple[Block, ...]:
    rows = []
    for event in release.events:
        match event.what:
            case facts.Started(overrode=overrode) if overrode:
                rows.append((_when(event.at), event.by, "start", overrode, event.why))
            case facts.Advanced(step=step, overrode=overrode) if overrode:
                rows.append((_when(event.at), event.by, step, overrode, event.why))
            case facts.Finished(overrode=overrode) if overrode:
                rows.append((_when(event.at), event.by, "finish", overrode, event.why))
            case _:
                pass
    return (Table(("when", "who", "step", "overridden", "why"), tuple(rows)),) if rows else (Paragraph("None."),)


def _pulls(release: Release, reviews: Reviews) -> Table:
    rows = []
    for pull in release.pulls:
        known = reviews.get(pull.number)
        review = f"{known.state}, checks {known.checks}" if known else UNKNOWN
        merged = _when(pull.merged) if pull.merged else UNKNOWN
        state = "reverted" if pull.name in release.reverted_names else "included"
        rows.append((pull.name, pull.title, pull.author, review, merged, state))
    return Table(("PR", "title", "author", "review", "merged", "state"), tuple(rows))


def _hosts(release: Release, policy: Policy, pages: Sequence[TrafficPage]) -> tuple[Block, ...]:
    served = tuple(buckets(pages))
    own = {build.id for build in release.builds}
    rows = []
    for tier in policy.tiers:
        counts = (c for bucket in served for key, c in bucket.counts.items() if key[0] == tier.name and key[1] in own)
        total = sum(counts, Count())
        no_traffic = "0" if served else UNKNOWN
        traffic = f"{total.requests:,}, {percent(total.rate)} failed" if total.requests else no_traffic
        rows.append((tier.name, str(tier.serves), str(len(tier.hosts)) if tier.hosts else UNKNOWN, traffic))
    blocks: tuple[Block, ...] = (
        Table(("tier", "serves", "hosts by config", "requests to builds of this release"), tuple(rows)),
    )
    refused = tuple(
        (_when(event.at), event.what.host, short(event.what.build), _one_line(event.what.reason))
        for event in release.events
        if isinstance(event.what, facts.HostFailed)
    )
    none = Paragraph("No host refused a build.")
    return (*blocks, Table(("when", "host", "refused", "reason"), refused) if refused else none)


def _ended(release: Release) -> str:
    if release.taken_back:
        return str(release.taken_back)
    return str(release.end) if release.end else "still open"


def _line(event: Event) -> str:
    return _one_line(event_log.sentence(event))


def _one_line(text: str) -> str:
    return " / ".join(line for line in clean_lines(text) if line)


def _when(at: float) -> str:
    return f"{to_utc(at):%Y-%m-%d %H:%M:%S}"
