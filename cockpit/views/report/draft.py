"""The draft of a post-mortem: all that the record tells of a release, and the questions that it leaves to people.

What is not on record is said to be unknown. A number that nobody counted must not be in a document that settles
questions.
"""

from collections.abc import Sequence

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Advanced, Finished, HostFailed, Started
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
    """The document."""
    found = incidents(release, policy, pages)
    return Document(
        f"{policy.app} {release.id}: {_ended(release)}",
        (
            Section("Summary", (Paragraph(_summary(release, found)), _key_facts(release))),
            Section("What it cost", _cost(found)),
            Section("Timeline (UTC)", (_timeline(release),)),
            Section("Charts", _charts(release, policy, pages)),
            Section("What was overridden, and why", _overridden(release)),
            Section("Pull requests", (_pulls(release, reviews),) if release.pulls else (Paragraph("none"),)),
            Section("Hosts", _hosts(release, policy, pages)),
            Section("To be written by people", tuple(Paragraph(question) for question in QUESTIONS)),
        ),
    )


def harm_text(one: Incident) -> str:
    """`38 of 40 failed of 160`, as far as it is known."""
    if not one.since:
        return "0: nobody was pointed at it"
    if one.harm is None:
        return f"{UNKNOWN}: its traffic is not on record"
    counted = one.harm.counted
    of = f"{plural(counted.errors, 'error')} in {plural(counted.requests, 'request')}"
    if one.harm.excess_errors is None:
        return f"{UNKNOWN}: {of}, and no other build to compare with"
    return f"{'at least ' if one.harm.at_least else ''}{one.harm.excess_errors:,} ({of})"


def _summary(release: Release, found: Sequence[Incident]) -> str:
    opened = release.events[0]
    how = _ended(release) if release.end or release.rolled_back else "is still open"
    said = f"{release.id} was opened by {opened.by} with {plural(len(release.pulls), 'PR')} and {how}"
    said += f" after {duration(release.settled_at - opened.at)}" if release.end else ""
    if not found:
        return f"{said}. No build of it had to be taken back."
    one = found[0]
    step = one.step or "before its first step"
    return f"{said}. {plural(len(found), 'build')} had to be taken back; the first at {step}: {_line(one.detected_by)}"


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


def _cost(found: Sequence[Incident]) -> tuple[Block, ...]:
    if not found:
        return (Paragraph("No build was taken back, so there is nothing to measure it by."),)
    rows = tuple(
        (
            f"{short(one.build)} at {one.step or 'no step'}",
            harm_text(one),
            _length(one.time_to_detect, one),
            _length(one.time_to_restore, one),
            f"{_when(one.remedy.at)} by {one.remedy.by}",
        )
        for one in found
    )
    basis = (
        f"Times count from {'the first errors on record' if one.errors_began else 'the step, for no errors are on record'}, "
        f"{_when(one.errors_began or one.since)}, for {short(one.build)}."
        for one in found
        if one.errors_began or one.since
    )
    head = ("build", "requests harmed", "time to detect", "time to restore", "acted")
    return (Table(head, rows), *(Paragraph(said) for said in basis))


def _length(seconds: float | None, one: Incident) -> str:
    if seconds is not None:
        return duration(seconds)
    return UNKNOWN if one.since else "nobody was pointed at it"


def _timeline(release: Release) -> Table:
    then = verdicts_at_decisions(release)
    rows = tuple(
        (_when(event.at) if event.at else UNKNOWN, event.by, _line(event), event.why, then.get(event.number, ""))
        for event in release.events
    )
    return Table(("when", "who", "what", "why", "the gate had said"), rows)


def _charts(release: Release, policy: Policy, pages: Sequence[TrafficPage]) -> tuple[Block, ...]:
    drawn = drawings(release, policy, tuple(buckets(pages)))
    if not drawn:
        return (Paragraph("No traffic of this release is on record."),)
    marks = tuple(
        (str(number), _when(at), what) for number, (at, what) in enumerate(chart_marks(release)[:MAX_MARKS], 1)
    )
    pictures = (ReportImage(f"{release.id}-{tier}", drawing.title, svg(drawing)) for tier, drawing in drawn)
    return (*pictures, Table(("mark", "when", "what"), marks))


def _overridden(release: Release) -> tuple[Block, ...]:
    rows = []
    for event in release.events:
        match event.what:
            case Started(overrode=overrode) if overrode:
                rows.append((_when(event.at), event.by, "start", overrode, event.why))
            case Advanced(step=step, overrode=overrode) if overrode:
                rows.append((_when(event.at), event.by, step, overrode, event.why))
            case Finished(overrode=overrode) if overrode:
                rows.append((_when(event.at), event.by, "finish", overrode, event.why))
            case _:
                pass
    return (Table(("when", "who", "step", "what", "why"), tuple(rows)),) if rows else (Paragraph("Nothing."),)


def _pulls(release: Release, reviews: Reviews) -> Table:
    rows = []
    for pull in release.pulls:
        known = reviews.get(pull.number)
        review = f"{known.state}, checks {known.checks}" if known else UNKNOWN
        merged = _when(pull.merged) if pull.merged else UNKNOWN
        fate = "taken out" if pull.name in release.reverted_names else "in"
        rows.append((pull.name, pull.title, pull.author, review, merged, fate))
    return Table(("PR", "title", "author", "review", "merged", ""), tuple(rows))


def _hosts(release: Release, policy: Policy, pages: Sequence[TrafficPage]) -> tuple[Block, ...]:
    served = tuple(buckets(pages))
    ours = {build.id for build in release.builds}
    rows = []
    for tier in policy.tiers:
        counts = (c for bucket in served for key, c in bucket.counts.items() if key[0] == tier.name and key[1] in ours)
        total = sum(counts, Count())
        asked = (
            f"{total.requests:,}, {percent(total.rate)} failed" if total.requests else UNKNOWN if not served else "0"
        )
        rows.append((tier.name, str(tier.serves), str(len(tier.hosts)) if tier.hosts else UNKNOWN, asked))
    blocks: tuple[Block, ...] = (
        Table(("tier", "serves", "hosts by config", "requests to this release's builds"), tuple(rows)),
    )
    refused = tuple(
        (_when(event.at), event.what.host, short(event.what.build), _one_line(event.what.reason))
        for event in release.events
        if isinstance(event.what, HostFailed)
    )
    none = Paragraph("No host refused a build.")
    return (*blocks, Table(("when", "host", "refused", "reason"), refused) if refused else none)


def _ended(release: Release) -> str:
    if release.rolled_back:
        return "rolled back"
    return str(release.end) if release.end else "still open"


def _line(event: Event) -> str:
    return _one_line(event_log.sentence(event))


def _one_line(text: str) -> str:
    return " / ".join(line for line in clean_lines(text) if line)


def _when(at: float) -> str:
    return f"{to_utc(at):%Y-%m-%d %H:%M:%S}"
